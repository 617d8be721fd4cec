import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { runProgram, startService, type Service } from '../support/service.ts'
import { databases } from './journey.ts'
import { resultOf } from './queue.ts'
import { makeTaskFolder, type TaskFolder } from './task-files.ts'

const schedule = {
  sums: { task: 'proj.add', args: [2, 3], schedule: 0.3 },
  nightly: { task: 'elsewhere.report', schedule: { minute: 30, hour: 4, timezone: 'Europe/Berlin' } },
}
const env = { BEAT_SCHEDULE: JSON.stringify(schedule) }

describe('lovage beat, and -B', function () {
  this.timeout(60_000)
  let folder: TaskFolder
  let dataDir: string
  let service: Service | undefined

  before(() => {
    folder = makeTaskFolder()
  })
  after(() => folder.remove())
  beforeEach(() => {
    dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'lv-')))
  })
  afterEach(async () => {
    await service?.stop()
    service = undefined
    rmSync(dataDir, { recursive: true, force: true })
  })

  const sent = 'Scheduler: Sending due task sums (proj.add)'

  it('serve -B sends what is due, to its own worker, and stops', async () => {
    service = await startService({ args: ['-B', '-A', 'proj', '-c', '1'], env, cwd: folder.path })
    expect(service.output()).to.match(/^ {2}beat: +2 periodic tasks\n +\. sums: proj\.add, every 0\.3 s$/m)
    const { printed } = service
    const line = await printed.until(() => printed.log().find(({ msg }) => msg === sent), 'a tick in the log')
    const broker = service.redis(databases.broker)
    expect(await resultOf(broker, String(line['taskId']))).to.include({ status: 'SUCCESS', result: 5 })
    const listed = await runProgram(['beat', 'list', '--data-dir', service.dataDir], { env })
    expect(listed.stdout).to.match(
      /^sums: proj\.add, every 0\.3 s\n {4}last 2\S+Z, next 2\S+Z, sent [1-9]\d*, missed \d+\n/,
    )
    expect(listed.stdout).to.match(
      /nightly: elsewhere\.report, 30 4 \* \* \* Europe\/Berlin\n {4}last -, next 2\S+Z, sent 0/,
    )
    service.signal('SIGTERM')
    expect(await service.exited).to.deep.equal({ code: 0, signal: null })
    const last = printed.log().map(({ msg }) => msg)
    expect(last.lastIndexOf(sent)).to.be.lessThan(last.lastIndexOf('stopped'))
  })

  it('without -B a worker sends nothing', async () => {
    service = await startService({ command: 'worker', args: ['-A', 'proj', '-c', '1'], env, cwd: folder.path })
    expect(service.output()).not.to.contain('beat:')
    expect(await service.redis(databases.broker).exists('lovage:beat:sums')).to.equal(0)
  })

  it('beat alone runs no task, and ends with SIGTERM', async () => {
    const ended = await runProgram(['beat', '-A', 'proj', '--data-dir', dataDir, '-n', 'clock'], {
      env,
      cwd: folder.path,
      stopAt: /Scheduler: Sending due task sums/,
    })
    expect(ended).to.include({ code: 0, signal: null })
    expect(ended.stdout).to.match(/^lovage \S+ on clock$/m)
    expect(ended.stdout).to.match(/^ {2}time zone: +UTC$/m)
    const lines = ended.stderr.split('\n').filter((line) => line.includes('"a periodic task is not known'))
    expect(lines.map((line) => (JSON.parse(line) as { task: string }).task)).to.deep.equal(['elsewhere.report'])
  })

  for (const [what, value, message] of [
    [
      'an entry',
      '{"a":{"task":"x","schedule":"61 * * * *"}}',
      /^lovage: beat entry "a": minute: expected .*, came "61"$/m,
    ],
    ['no JSON', '{"a":', /beat\.schedule \(from BEAT_SCHEDULE in the environment\): expected periodic tasks/],
  ] as const) {
    for (const command of ['beat', 'worker', 'beat list']) {
      it(`lovage ${command} does not start with a schedule that is wrong: ${what}`, async () => {
        const ended = await runProgram([...command.split(' '), '--data-dir', dataDir], {
          env: { BEAT_SCHEDULE: value },
        })
        expect(ended.code).to.equal(78)
        expect(ended.stderr).to.match(message)
      })
    }
  }

  it('list says where no Redis runs, and where there is nothing to list', async () => {
    const ended = await runProgram(['beat', 'list', '--data-dir', dataDir], { env })
    expect(ended).to.include({ code: 69, stderr: 'lovage: the embedded Redis does not run\n' })
  })

  it('list prints JSON', async () => {
    service = await startService({ command: 'worker', args: ['-c', '1'] })
    const ended = await runProgram(['beat', 'list', '--json', '--data-dir', service.dataDir], { env })
    const [first] = JSON.parse(ended.stdout) as unknown[]
    const { task } = schedule.sums
    const rest = { lastSent: null, next: null, sent: 0, missed: 0 }
    expect(first).to.deep.equal({ name: 'sums', task, schedule: 'every 0.3 s', ...rest })
    const none = await runProgram(['beat', 'list', '--data-dir', service.dataDir])
    expect(none.stdout).to.equal('there are no periodic tasks\n')
  })
})
