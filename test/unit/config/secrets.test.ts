import { expect } from 'chai'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keepSecrets } from '../../../src/config/secrets.ts'
import { settingsErrorOf } from './faults-of.ts'

const program = join(import.meta.dirname, 'make-secrets-process.ts')
const good = { sessionKeys: ['s'.repeat(32), 't'.repeat(40)], codeKey: 'c'.repeat(32) }

describe('config/secrets', () => {
  let folder = ''
  let dataDir = ''
  let file = ''

  beforeEach(() => {
    folder = fs.mkdtempSync(join(tmpdir(), 'lovage-secrets-'))
    dataDir = join(folder, 'deep', 'data')
    file = join(dataDir, 'secrets.json')
  })

  afterEach(() => {
    fs.rmSync(folder, { recursive: true })
  })

  function write(content: string, permissions = 0o600): void {
    fs.mkdirSync(dataDir, { recursive: true })
    fs.writeFileSync(file, content)
    fs.chmodSync(file, permissions)
  }

  function refused(came: string): void {
    const { faults, message } = settingsErrorOf(() => keepSecrets(dataDir))
    expect(faults.map(({ setting, source, came }) => ({ setting, source, came }))).to.deep.equal([
      { setting: 'secrets', source: file, came },
    ])
    expect(message).to.include('expected a file that can be read and written, with {"sessionKeys"')
  }

  it('makes them once, in a folder and a file for the owner alone', () => {
    const made = keepSecrets(dataDir)
    expect(made.file).to.equal(file)
    expect(made.secrets.sessionKeys).to.have.length(1)
    for (const secret of [...made.secrets.sessionKeys, made.secrets.codeKey]) expect(secret).to.match(/^[\w-]{43}$/)
    expect(made.secrets.codeKey).not.to.equal(made.secrets.sessionKeys[0])
    expect([mode(dataDir), mode(file)]).to.deep.equal(['700', '600'])
    expect(fs.readdirSync(dataDir)).to.deep.equal(['secrets.json'])

    expect(keepSecrets(dataDir)).to.deep.equal(made)
  })

  it('reads those that are there, and leaves the file as it is', () => {
    const content = JSON.stringify({ ...good, comment: 'mine' })
    write(content)
    expect(keepSecrets(dataDir).secrets).to.deep.equal(good)
    expect(fs.readFileSync(file, 'utf8')).to.equal(content)
  })

  it('closes a file that is open to others, and leaves one that is closed even to writing', () => {
    write(JSON.stringify(good), 0o644)
    keepSecrets(dataDir)
    expect(mode(file)).to.equal('600')
    fs.chmodSync(file, 0o400)
    keepSecrets(dataDir)
    expect(mode(file)).to.equal('400')
  })

  for (const [what, content, came] of [
    ['an empty file', '', 'text that is not JSON'],
    ['half a file', '{"sessionKeys": ["hunter2', 'text that is not JSON'],
    ['a list', '[]', 'JSON that is not an object'],
    ['no session keys', JSON.stringify({ codeKey: good.codeKey }), 'no such sessionKeys'],
    ['an empty list of session keys', JSON.stringify({ ...good, sessionKeys: [] }), 'no such sessionKeys'],
    ['a short session key', JSON.stringify({ ...good, sessionKeys: ['hunter2'] }), 'no such sessionKeys'],
    ['no code key', JSON.stringify({ sessionKeys: good.sessionKeys }), 'no such codeKey'],
    ['a code key that is not text', JSON.stringify({ ...good, codeKey: 7 }), 'no such codeKey'],
  ] as const) {
    it(`refuses ${what}, shows nothing of it and does not replace it`, () => {
      write(content)
      refused(came)
      expect(settingsErrorOf(() => keepSecrets(dataDir)).message).not.to.include('hunter2')
      expect(fs.readFileSync(file, 'utf8')).to.equal(content)
      expect(fs.readdirSync(dataDir)).to.deep.equal(['secrets.json'])
    })
  }

  it('says so when something else is in the way', () => {
    fs.mkdirSync(file, { recursive: true, mode: 0o755 })
    refused('something that is not a file')
    expect(mode(file)).to.equal('755')
    fs.rmSync(dataDir, { recursive: true })
    fs.writeFileSync(dataDir, 'a file')
    refused('ENOTDIR')
  })

  it('says so when a file cannot be made', () => {
    fs.mkdirSync(dataDir, { recursive: true })
    fs.symlinkSync(join(folder, 'nowhere'), file)
    refused('ENOENT')
    expect(fs.readdirSync(dataDir)).to.deep.equal(['secrets.json'])
  })

  it('gives processes that start at once the same secrets', async () => {
    const children = Array.from({ length: 3 }, () => fork(program, { execArgv: ['--import', 'tsx'] }))
    const ended = children.map((child) => once(child, 'exit'))
    try {
      await Promise.all(children.map((child) => once(child, 'message')))
      // Once is not enough to meet: of a hundred starts, many do.
      for (let round = 0; round < 100; round += 1) {
        const common = join(dataDir, String(round))
        const answers = children.map((child) => once(child, 'message'))
        for (const child of children) child.send(common)
        const all = (await Promise.all(answers)).map(([secrets]: unknown[]) => secrets)
        const { secrets } = keepSecrets(common)
        expect(all).to.deep.equal(children.map(() => secrets))
        expect(fs.readdirSync(common)).to.deep.equal(['secrets.json'])
      }
    } finally {
      for (const child of children) child.kill()
      await Promise.all(ended)
    }
  })
})

/** Who may do what with a file, in octal. */
function mode(path: string): string {
  return (fs.statSync(path).mode & 0o777).toString(8)
}
