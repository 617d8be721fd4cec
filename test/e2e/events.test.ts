import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { readEventMessage, type ReadEvent } from '../../src/engine/event-message.ts'
import { eventually } from '../support/eventually.ts'
import { runProgram, startService, type Service } from '../support/service.ts'
import { databases } from './journey.ts'
import { sendAsCelery } from './queue.ts'
import { makeTaskFolder, type TaskFolder } from './task-files.ts'

describe('events of a lovage worker', function () {
  this.timeout(90_000)
  let folder: TaskFolder
  let worker: Service
  let broker: Redis
  let heard: ReadEvent[]

  before(async () => {
    folder = makeTaskFolder()
    worker = await startService({
      command: 'worker',
      args: ['-E', '-c', '2', '-n', 'here', '-A', 'proj,spins'],
      cwd: folder.path,
    })
    broker = worker.redis(databases.broker)
    const listener = worker.redis(databases.broker)
    heard = []
    listener.on('pmessageBuffer', (_pattern: Buffer, _channel: Buffer, raw: Buffer) => {
      heard.push(...readEventMessage(raw))
    })
    // Not the pattern of the program, whose coming is seen by the number of patterns.
    await listener.psubscribe(`/${databases.broker}.celeryev/*.*`)
  })
  after(async () => {
    await worker.stop()
    folder.remove()
  })

  /** Runs `lovage events` until it has printed something; `act` is done once it listens. */
  async function watch(args: string[], stopAt: RegExp, act: () => Promise<unknown>) {
    const listening = Number(await broker.pubsub('NUMPAT'))
    const ended = runProgram(['events', '--data-dir', worker.dataDir, ...args], { stopAt })
    // Whatever comes of it, the program is waited for.
    const acted = eventually(async () => expect(await broker.pubsub('NUMPAT')).to.equal(listening + 1)).then(act)
    const [exit] = await Promise.all([ended, acted])
    return exit
  }

  it('are printed as Celery prints them, where there is no terminal', async () => {
    let id = ''
    const { code, stdout, stderr } = await watch([], /task succeeded/, async () => {
      id = await sendAsCelery(broker, 'proj.add', [2, 3])
    })
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' })
    const [first, ...lines] = stdout.trimEnd().split('\n')
    expect(first).to.equal('-> evdump: starting capture...')
    const said = lines.filter((line) => line.includes(' task ')).map((line) => line.replace(/ \[[^\]]+\]/, ''))
    expect(said[0]).to.match(
      new RegExp(`^here task received: proj.add\\(${id}\\) args=\\(\\) kwargs={} clock=\\d+, eta=None`),
    )
    expect(said[1]).to.match(new RegExp(`^here task started: proj.add\\(${id}\\) args=\\(\\) kwargs={} clock=`))
    expect(said[2]).to.match(/, result=5, runtime=[\d.e-]+, utcoffset=-?\d+$/)
    expect(said).to.have.length(3)
  })

  it('are printed as JSON for programs', async () => {
    const { code, stdout } = await watch(['--json'], /task-failed/, () => sendAsCelery(broker, 'proj.boom'))
    expect(code).to.equal(0)
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as ReadEvent)
    const failed = events.find(({ type }) => type === 'task-failed')
    expect(failed).to.include({ exception: "RangeError('too far')", hostname: 'here' })
    expect(failed?.['traceback']).to.match(/^RangeError: too far\n +at /)
  })

  it('pass over what can not be read', async () => {
    const { code, stdout, stderr } = await watch(['--json'], /proj\.add/, async () => {
      for (const raw of [
        '',
        'no',
        '{}',
        Buffer.from([0xff, 0]),
        '{"body":"bm8=","properties":{"body_encoding":"base64"}}',
      ]) {
        await broker.publish(`/${databases.broker}.celeryev/garbage`, raw)
      }
      await sendAsCelery(broker, 'proj.add', [2, 3])
    })
    expect(code).to.equal(0)
    expect(stdout).to.contain('"name":"proj.add"')
    expect(stderr).to.equal('lovage: A message came that can not be read; it and others like it are passed over.\n')
  })

  it('go on while tasks compute in every thread', async () => {
    const go = join(folder.path, 'go')
    const ids = [await sendAsCelery(broker, 'spins.until', [go]), await sendAsCelery(broker, 'spins.until', [go])]
    const since = heard.length
    const busy = (): ReadEvent[] =>
      heard.slice(since).filter((event) => event.type === 'worker-heartbeat' && event['active'] === 2)
    try {
      await eventually(() => expect(busy()).to.have.length.at.least(3), { timeoutMs: 20_000 })
      const times = busy().map(({ timestamp }) => Number(timestamp))
      times.slice(1).forEach((time, index) => expect(time - Number(times[index])).to.be.within(1.9, 4))
    } finally {
      writeFileSync(go, '')
    }
    await eventually(() => {
      const ended = heard.filter(({ type }) => type === 'task-succeeded').map(({ uuid }) => uuid)
      expect(ended).to.include.members(ids)
    })
  })

  it('are none after a kill -9, also not that it has ended', async () => {
    const since = heard.length
    worker.signal('SIGKILL')
    await worker.exited
    // What it had published before that has arrived when this has.
    await broker.publish(`/${databases.broker}.celeryev/worker.heartbeat`, JSON.stringify({ body: '{"type":"end"}' }))
    await eventually(() => expect(heard.at(-1)).to.deep.equal({ type: 'end' }))
    expect(heard.slice(since).map(({ type }) => type)).not.to.include('worker-offline')
  })
})

describe('lovage events', function () {
  this.timeout(60_000)

  it('starts no Redis', async () => {
    const dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'lv-')))
    try {
      const { code, stdout, stderr } = await runProgram(['events', '--data-dir', dataDir])
      expect({ code, stdout }).to.deep.equal({ code: 69, stdout: '' })
      expect(stderr).to.equal('lovage: no events to listen to: the embedded Redis does not run\n')
      expect(existsSync(join(dataDir, 'redis'))).to.equal(false)
    } finally {
      rmSync(dataDir, { recursive: true })
    }
  })

  for (const [what, args, error] of [
    ['a frequency that makes no sense', ['-F', '0.1'], 'expected seconds, 0.25 or more'],
    ['two forms at once', ['--dump', '--json'], "option '-j, --json' cannot be used with option '-d, --dump'"],
    ['what it does not know', ['--jsn'], 'Did you mean --json?'],
  ] as const) {
    it(`does not take ${what}`, async () => {
      const { code, stderr } = await runProgram(['events', ...args])
      expect(code).to.equal(2)
      expect(stderr).to.contain(error)
    })
  }
})
