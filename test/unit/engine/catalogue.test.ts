import { expect } from 'chai'
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { autodiscover } from '../../../src/engine/catalogue.ts'

const nothing = (): null => null

describe('autodiscover', () => {
  let folder: string
  const engine = fileURLToPath(new URL('../../../src/engine/task.ts', import.meta.url))
  const task = (name: string): string =>
    `import { defineTask } from ${JSON.stringify(engine)}\nexport const t = defineTask(${JSON.stringify(name)}, {}, () => 1)\n`

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lovage-tasks-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('finds the task files of a subject, of all subjects, of a module, and of a dotted name', async () => {
    mkdirSync(join(folder, 'tasks/sms'), { recursive: true })
    mkdirSync(join(folder, 'tasks/mail'))
    writeFileSync(join(folder, 'tasks/sms/send.ts'), task('sms.send'))
    writeFileSync(join(folder, 'tasks/mail/send.ts'), task('mail.send'))
    writeFileSync(join(folder, 'tasks/mail/notes.md'), 'not a task')
    const found = async (...places: string[]): Promise<string[]> => [
      ...(await autodiscover(places, [folder])).tasks.keys(),
    ]
    expect(await found('tasks/sms')).to.deep.equal(['sms.send'])
    expect(await found('tasks')).to.have.members(['sms.send', 'mail.send'])
    expect(await found('tasks/mail/send')).to.deep.equal(['mail.send'])
    expect(await found('tasks.mail.send')).to.deep.equal(['mail.send'])
    expect(await found('tasks/sms', 'tasks')).to.have.members(['sms.send', 'mail.send'])
  })

  const faults: [string, () => void, string, string, string][] = [
    ['a missing place', () => {}, 'nowhere', 'TASK_FILE_MISSING', 'no task file or folder nowhere in'],
    ['an empty folder', () => mkdirSync(join(folder, 'empty')), 'empty', 'TASK_FILE_MISSING', 'holds no task file'],
    [
      'another kind of file',
      () => writeFileSync(join(folder, 'a.txt'), ''),
      './a.txt',
      'TASK_FILE_MISSING',
      'expected a task file',
    ],
    [
      'a file without a task',
      () => writeFileSync(join(folder, 'a.ts'), 'export const x = 1'),
      'a',
      'TASK_FILE_BROKEN',
      'came none',
    ],
    [
      'a file that throws',
      () => writeFileSync(join(folder, 'a.ts'), 'throw new Error("at import")'),
      'a',
      'TASK_FILE_BROKEN',
      'at import',
    ],
  ]
  for (const [name, prepare, place, code, expected] of faults) {
    it(`refuses ${name}`, async () => {
      prepare()
      const error = await autodiscover([place], [folder]).then(nothing, (reason: unknown) => reason)
      expect(error).to.be.an('error').with.property('code', code)
      expect((error as Error).message).to.contain(expected)
    })
  }

  it('refuses two tasks of one name, naming both files', async () => {
    writeFileSync(join(folder, 'a.ts'), task('same'))
    writeFileSync(join(folder, 'b.ts'), task('same'))
    const error = await autodiscover(['a', 'b'], [folder]).then(nothing, (reason: unknown) => reason)
    expect(error).to.be.an('error').with.property('code', 'TASK_NAME_TAKEN')
    expect((error as Error).message).to.match(/two tasks are named same: in .*a\.ts and .*b\.ts/)
  })
})
