import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { eventually } from '../support/eventually.ts'
import { embeddedRedisPid, startService, type Service } from '../support/service.ts'
import { askForCode, databases, expectOk, newMobile, receivedCode } from './journey.ts'
import { createBrowser } from '../support/cookie-jar.ts'
import { expectMessages, resultOf, sendAsCelery } from './queue.ts'
import { makeTaskFolder, type TaskFolder } from './task-files.ts'

const leaseMs = 2_000

describe('serve and a worker on one data folder', function () {
  this.timeout(60_000)
  let folder: TaskFolder
  let serving: Service
  let worker: Service
  let broker: Redis

  const options = () => ({
    args: ['-c', '1', '-A', 'tasks/sms,gated'],
    env: { LEASE_MS: String(leaseMs) },
    cwd: folder.path,
  })

  before(async () => {
    folder = makeTaskFolder()
    serving = await startService(options())
    broker = serving.redis(databases.broker)
    worker = await startWorker()
  })
  after(async () => {
    await worker?.stop()
    await serving?.stop()
    folder.remove()
  })

  function startWorker(): Promise<Service> {
    return startService({ ...options(), command: 'worker', dataDir: serving.dataDir })
  }

  /** A task that runs until its gate is opened. */
  async function sendGated(name: string) {
    const gate = join(folder.path, name)
    mkdirSync(gate)
    const id = await sendAsCelery(broker, 'gated.pass', [gate])
    const runs = (): number[] =>
      readFileSync(join(gate, 'runs'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => Number(line.split(' ')[0]))
    const runner = await eventually(() => runs()[0], { what: `a run of ${name}` })
    return { id, runner, runs, open: () => writeFileSync(join(gate, 'open'), '') }
  }

  const nodeOf = (service: Service): string | undefined => /^lovage \S+ on (\S+)$/m.exec(service.output())?.[1]

  async function members(): Promise<string[]> {
    const all = await broker.smembers('lovage:nodes')
    return all.map((member) => (JSON.parse(member) as [string, string])[0]).toSorted()
  }

  it('share one Redis, and have names of their own', async () => {
    const pid = embeddedRedisPid(serving.dataDir)
    expect(pid).to.be.a('number')
    expect(await broker.info('server')).to.include(`process_id:${pid}`)
    const node = nodeOf(serving)
    expect(nodeOf(worker)).to.equal(`${node}-2`)
    expect(await members()).to.deep.equal([node, `${node}-2`])
  })

  it('share the work, and leave each other what they run, for however long', async () => {
    const one = await sendGated('one')
    const other = await sendGated('other')
    expect([one.runner, other.runner]).to.have.members([serving.pid, worker.pid])
    // Nothing is to happen in this time: several turns of looking for claims of processes that are gone.
    await delay(1.5 * leaseMs)
    await expectMessages(broker, { waiting: 0, claimed: 2 })
    for (const { id, runner, runs, open } of [one, other]) {
      open()
      expect(await resultOf(broker, id)).to.include({ status: 'SUCCESS', result: runner })
      expect(runs()).to.deep.equal([runner])
    }
    await expectMessages(broker, { waiting: 0, claimed: 0 })
  })

  it('run again what the other one had when it was killed, within the lease', async () => {
    const tasks = [await sendGated('first'), await sendGated('second')]
    const ofWorker = tasks.find(({ runner }) => runner === worker.pid)
    const ofServing = tasks.find(({ runner }) => runner === serving.pid)
    if (ofWorker === undefined || ofServing === undefined) throw new Error('expected each process to run one task')
    ofServing.open()
    await resultOf(broker, ofServing.id)

    const began = performance.now()
    worker.signal('SIGKILL')
    await worker.exited
    await eventually(() => expect(ofWorker.runs()).to.deep.equal([worker.pid, serving.pid]), { what: 'a second run' })
    // The lease lapses, and every third of it somebody looks; the rest is for a busy machine.
    expect(performance.now() - began).to.be.below((leaseMs * 4) / 3 + 1_000)
    ofWorker.open()
    expect(await resultOf(broker, ofWorker.id)).to.include({ status: 'SUCCESS', result: serving.pid })
    await expectMessages(broker, { waiting: 0, claimed: 0 })
    expect(await members()).to.deep.equal([nodeOf(serving)])
    expect(serving.output()).to.include('took back messages of a process that is gone')
  })

  it('one that stops leaves Redis to the other', async () => {
    worker = await startWorker()
    expect(nodeOf(worker)).to.equal(`${nodeOf(serving)}-2`)
    const pid = embeddedRedisPid(serving.dataDir)
    worker.signal('SIGTERM')
    expect(await worker.exited).to.deep.equal({ code: 0, signal: null })
    expect(embeddedRedisPid(serving.dataDir)).to.equal(pid)
    expect(await members()).to.deep.equal([nodeOf(serving)])

    const mobile = newMobile()
    expectOk(await askForCode(serving.redis(databases.codes), createBrowser(serving.url), mobile))
    await receivedCode(serving, mobile)
    serving.signal('SIGTERM')
    expect(await serving.exited).to.deep.equal({ code: 0, signal: null })
    expect(embeddedRedisPid(serving.dataDir)).to.equal(null)
  })
})
