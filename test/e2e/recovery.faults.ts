import { expect } from 'chai'
import type { AsyncResult, Client } from '../../src/engine/index.ts'
import { eventually } from '../support/eventually.ts'
import { tell } from '../support/fault-run.ts'
import type { Ledger } from '../support/ledger.ts'
import type { RestlessWorker } from '../support/restless-worker.ts'
import { FaultStage, nodeOf, nothing, renewsItsLease } from './fault-stage.ts'
import { deadLetters } from './queue.ts'

const tookBack = 'took back messages of a process that is gone'
const wasLost = 'the claim was lost: its outcome is not settled'
const isBack = 'the broker is back: taking tasks again'

describe('what a process had claimed', function () {
  this.timeout(60_000)
  let stage: FaultStage
  let ledger: Ledger

  beforeEach(async () => {
    stage = await FaultStage.open()
    ledger = stage.ledger()
  })
  afterEach(() => stage?.close())

  /** Sends tasks that wait at their gates, and waits until so many have started. */
  async function sendGated(client: Client, count: number, started = count): Promise<AsyncResult[]> {
    const sent: AsyncResult[] = []
    for (let number = 1; number <= count; number += 1) {
      sent.push(await client.send('faults.gate', [ledger.path, number]))
    }
    await eventually(() => expect(ledger.starts()).to.have.length(started), { what: 'their start' })
    return sent
  }

  const linesOf = (worker: RestlessWorker): string[] => worker.printed.log().map(({ msg }) => String(msg))

  async function expectStarts(pids: readonly number[], what: string, timeoutMs?: number): Promise<void> {
    const started = (): number[] => ledger.starts().map(({ pid }) => pid)
    await eventually(() => expect(started()).to.deep.equal(pids), {
      what,
      ...(timeoutMs !== undefined && { timeoutMs }),
    })
  }

  it('comes back to it when it was killed and is started again: within a second of being ready', async () => {
    const worker = await stage.started(['-n', 'one', '-c', '2'])
    const client = await stage.client()
    const sent = await sendGated(client, 4, 2)
    const before = worker.pid
    await worker.kill()

    worker.start()
    await worker.ready()
    const ready = performance.now()
    await expectStarts([before, before, worker.pid, worker.pid], 'a second run', 1_000)
    const tookMs = Math.round(performance.now() - ready)
    expect(nodeOf(worker)).to.equal('one')
    // Those that were running, not those that were waiting.
    expect(ledger.starts().map(({ number }) => number)).to.have.members([1, 1, 2, 2])
    ledger.open(worker.pid)
    for (const result of sent) expect(await result.get({ timeout: 15 })).to.equal(worker.pid)
    await stage.expectRemains(await stage.broker(), nothing)
    expect(linesOf(worker)).to.include(tookBack)
    tell(`its own claims ran again ${tookMs} ms after a start that followed a kill -9`)
  })

  it('goes to another, within the lease, when it is never started again', async () => {
    const leaseMs = 2_000
    const lease = { env: { LEASE_MS: String(leaseMs) } }
    const gone = await stage.started(['-n', 'one', '-c', '2'], lease)
    const client = await stage.client()
    const sent = await sendGated(client, 2)
    const other = await stage.started(['-n', 'two', '-c', '2'], lease)
    const killed = performance.now()
    await gone.kill()
    await expectStarts([gone.pid, gone.pid, other.pid, other.pid], 'a second run')
    const tookMs = Math.round(performance.now() - killed)
    // Every third of the lease somebody looks; the rest is for a busy machine.
    expect(tookMs).to.be.below((leaseMs * 4) / 3 + 1_000)
    ledger.open(other.pid)
    for (const result of sent) expect(await result.get({ timeout: 15 })).to.equal(other.pid)
    await stage.expectRemains(await stage.broker(), nothing)
    tell(`the claims of a process that never returned ran ${tookMs} ms after its kill, under a lease of ${leaseMs} ms`)
  })

  it('stays with it while it lives: another that wants its name gets a number, also when Redis is killed', async () => {
    const first = await stage.started(['-n', 'one', '-c', '2'])
    const second = await stage.started(['-n', 'one', '-c', '2'])
    expect([nodeOf(first), nodeOf(second)]).to.deep.equal(['one', 'one-2'])
    const client = await stage.client()
    const sent = await sendGated(client, 4)
    const kills = 3
    const timesBack = (worker: RestlessWorker): number => linesOf(worker).filter((line) => line === isBack).length
    for (let kill = 1; kill <= kills; kill += 1) {
      const before = [first, second].map((worker) => ({ worker, times: timesBack(worker) }))
      process.kill(await stage.redisPid(), 'SIGKILL')
      for (const { worker, times } of before) {
        await worker.printed.until(() => timesBack(worker) > times || null, isBack)
      }
    }
    const third = await stage.started(['-n', 'one', '-c', '2'])
    expect(nodeOf(third)).to.equal('one-3')
    await expectRunsOnce(sent, [first, second, third])
    tell(`4 tasks of two processes of one name ran once each, through ${kills} kills of Redis and a third process`)
  })

  it('stays with it also when another starts, under its name, before it has found the new Redis', async () => {
    const first = await stage.started(['-n', 'one', '-c', '1'])
    const second = await stage.started(['-n', 'one', '-c', '1'])
    const client = await stage.client()
    const sent = await sendGated(client, 2)
    for (const worker of [first, second]) process.kill(worker.pid, 'SIGSTOP')
    process.kill(await stage.redisPid(), 'SIGKILL')
    // It starts Redis itself, and finds nobody connected.
    const third = await stage.started(['-n', 'one', '-c', '1'])
    expect(nodeOf(third)).to.equal('one')
    for (const worker of [first, second]) process.kill(worker.pid, 'SIGCONT')
    for (const worker of [first, second])
      await worker.printed.until(() => linesOf(worker).includes(isBack) || null, isBack)
    await expectRunsOnce(sent, [first, second, third])
  })

  /** Lets the tasks pass, and checks that each has run once, nobody having taken anything from anybody. */
  async function expectRunsOnce(sent: readonly AsyncResult[], workers: readonly RestlessWorker[]): Promise<void> {
    for (const { pid } of workers) ledger.open(pid)
    await eventually(() => expect(ledger.ends()).to.have.length(sent.length), { what: 'the end of all tasks' })
    await stage.expectRemains(await stage.broker(), nothing)
    expect(ledger.starts()).to.have.length(sent.length)
    expect(ledger.repeats()).to.equal(0)
    for (const worker of workers) {
      worker.check()
      expect(linesOf(worker)).to.not.include(tookBack)
      expect(linesOf(worker)).to.not.include(wasLost)
    }
  }

  for (const how of ['open', 'fail'] as const) {
    const outcome = how === 'open' ? 'a result' : 'an error that would be tried again'
    it(`was lost while it stood still for longer than the lease: that is noticed, and ${outcome} comes too late`, async () => {
      const leaseMs = 1_000
      const lease = { env: { LEASE_MS: String(leaseMs) } }
      const frozen = await stage.started(['-n', 'one', '-c', '1'], lease)
      const client = await stage.client()
      const broker = await stage.broker()
      const [result] = await sendGated(client, 1)
      const other = await stage.started(['-n', 'two', '-c', '1'], lease)

      process.kill(frozen.pid, 'SIGSTOP')
      await expectStarts([frozen.pid, other.pid], 'a second run')
      ledger.open(other.pid)
      expect(await result?.get({ timeout: 15 })).to.equal(other.pid)
      await stage.expectRemains(broker, nothing)

      process.kill(frozen.pid, 'SIGCONT')
      await renewsItsLease(broker, 'one', 1)
      ledger.open(frozen.pid, how)
      await frozen.printed.until(() => linesOf(frozen).includes(wasLost) || null, wasLost)
      await stage.expectRemains(broker, nothing)
      expect(await deadLetters(broker)).to.deep.equal([])
      expect(await result?.state()).to.equal('SUCCESS')
      expect(await result?.get()).to.equal(other.pid)
      // It goes on as before.
      await other.stop()
      const next = await client.send('faults.count', [ledger.path, 2, 0, 'none'])
      await next.get({ timeout: 15 })
      expect(ledger.ends(2).map(({ pid }) => pid)).to.deep.equal([frozen.pid])
    })
  }

  it('and wanted to try again later is tried again, though it and Redis were killed before that', async () => {
    const worker = await stage.started(['-n', 'one', '-c', '1'])
    const client = await stage.client()
    const broker = await stage.broker()
    await client.send('faults.again', [ledger.path, 1])
    await stage.expectRemains(broker, { waiting: 0, scheduled: 1, claimed: 0 })
    const [entry = ''] = await broker.zrange('lovage:eta:celery', '0', '0')
    const due = Number(await broker.zscore('lovage:eta:celery', entry))
    const before = worker.pid
    await worker.kill()
    process.kill(await stage.redisPid(), 'SIGKILL')

    worker.start()
    await worker.ready()
    await eventually(() => expect(ledger.ends()).to.have.length(1), { what: 'the end of the second run' })
    expect(ledger.starts().map(({ attempt, pid }) => `${attempt} ${pid}`)).to.deep.equal([
      `0 ${before}`,
      `1 ${worker.pid}`,
    ])
    expect(ledger.starts()[1]?.time).to.be.at.least(due)
    await stage.expectRemains(broker, nothing)
  })
})
