import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import type { Client } from '../../src/engine/index.ts'
import { eventually } from '../support/eventually.ts'
import { tell } from '../support/fault-run.ts'
import type { Ledger } from '../support/ledger.ts'
import type { RestlessWorker } from '../support/restless-worker.ts'
import { FaultStage, nothing } from './fault-stage.ts'

/** How long a process may take beside what it waits for, in milliseconds: its threads end, its Redis too. */
const marginMs = 3_000

const stopped = /"handedBack":(\d+),"msg":"stopped"/

describe('a worker is asked to end', function () {
  this.timeout(90_000)
  let stage: FaultStage
  let ledger: Ledger
  let client: Client
  let broker: Redis

  beforeEach(async () => {
    stage = await FaultStage.open()
    ledger = stage.ledger()
  })
  afterEach(() => stage?.close())

  /** A worker with all its slots taken by tasks at their gates, and more of them waiting behind. */
  async function startBusy(slots: number, tasks: number, env: Record<string, string> = {}): Promise<RestlessWorker> {
    // Who stays: Redis goes on when the other has ended, so that its keys can be looked at.
    await stage.started(['-n', 'stays', '-Q', 'another', '-c', '1'])
    client = await stage.client()
    broker = await stage.broker()
    const worker = await stage.started(['-n', 'ends', '-c', String(slots)], { env })
    await sendGated(1, tasks)
    await eventually(() => expect(ledger.starts()).to.have.length(slots), { what: 'their start' })
    return worker
  }

  async function sendGated(from: number, count: number): Promise<void> {
    for (let number = from; number < from + count; number += 1) {
      await client.send('faults.gate', [ledger.path, number], { taskId: taskId(number) })
    }
  }

  /** The numbers of the tasks on the queue, the one that is served next in front. */
  async function waiting(): Promise<number[]> {
    const list = (await broker.lrange('celery', 0, -1)).toReversed()
    return list.map((raw) => numberOf((JSON.parse(raw) as { headers: { id: string } }).headers.id))
  }

  const handedBack = (worker: RestlessWorker): number => Number(stopped.exec(worker.printed.text())?.[1])

  async function expectNoTrace(node: string): Promise<void> {
    await stage.expectRemains(broker, { waiting: await broker.llen('celery'), scheduled: 0, claimed: 0 })
    expect(await broker.keys(`lovage:node:${node}:*`)).to.deep.equal([])
    const members = (await broker.smembers('lovage:nodes')).map((member) => (JSON.parse(member) as string[])[0])
    expect(members).to.deep.equal(['stays'])
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`${signal}: what runs ends, nothing more is taken, and it exits with 0`, async () => {
      const worker = await startBusy(2, 5)
      const exit = worker.stop(signal)
      await worker.printed.waitFor(/"msg":"stopping: running tasks end"/)
      ledger.open(worker.pid)
      expect(await exit).to.deep.equal({ code: 0, signal: null })
      expect(ledger.ends().map(({ number }) => number)).to.have.members([1, 2])
      expect(ledger.starts()).to.have.length(2)
      expect(handedBack(worker)).to.equal(0)
      expect(await waiting()).to.deep.equal([3, 4, 5])
      await expectNoTrace('ends')
    })
  }

  it('what overruns SHUTDOWN_TIMEOUT_MS is handed back in its order, in time, and run by the next start', async () => {
    const timeoutMs = 400
    const worker = await startBusy(3, 5, { SHUTDOWN_TIMEOUT_MS: String(timeoutMs) })
    const began = performance.now()
    expect(await worker.stop()).to.deep.equal({ code: 0, signal: null })
    const tookMs = Math.round(performance.now() - began)
    expect(tookMs).to.be.within(timeoutMs, timeoutMs + marginMs)
    expect(handedBack(worker)).to.equal(3)
    expect(await waiting()).to.deep.equal([1, 2, 3, 4, 5])
    await expectNoTrace('ends')

    const next = await stage.started(['-n', 'ends', '-c', '1'])
    ledger.open(next.pid)
    await stage.expectRemains(broker, nothing)
    expect(ledger.ends().map(({ number }) => number)).to.deep.equal([1, 2, 3, 4, 5])
    expect(ledger.ends().map(({ pid }) => pid)).to.deep.equal(Array(5).fill(next.pid))
    tell(`3 tasks handed back, exit ${tookMs} ms after SIGTERM with a limit of ${timeoutMs} ms`)
  })

  it('a task that computes without a pause does not hold it up either', async () => {
    const timeoutMs = 400
    const worker = await startBusy(1, 1, { SHUTDOWN_TIMEOUT_MS: String(timeoutMs) })
    ledger.open(worker.pid)
    await stage.expectRemains(broker, nothing)
    await client.send('faults.spin', [ledger.path, 2, 60_000], { taskId: taskId(2) })
    await eventually(() => expect(ledger.starts(2)).to.have.length(1))
    const began = performance.now()
    expect(await worker.stop()).to.deep.equal({ code: 0, signal: null })
    expect(performance.now() - began).to.be.within(timeoutMs, timeoutMs + marginMs)
    expect(await waiting()).to.deep.equal([2])
    await expectNoTrace('ends')
  })

  it('a second signal hands back at once', async () => {
    const worker = await startBusy(2, 3)
    const exit = worker.stop()
    await worker.printed.waitFor(/"msg":"stopping: running tasks end"/)
    const began = performance.now()
    process.kill(worker.pid, 'SIGTERM')
    expect(await exit).to.deep.equal({ code: 0, signal: null })
    expect(performance.now() - began).to.be.below(marginMs)
    expect(handedBack(worker)).to.equal(2)
    expect(await waiting()).to.deep.equal([1, 2, 3])
    await expectNoTrace('ends')
  })

  it('SIGQUIT, Celery’s cold shutdown, hands back at once', async () => {
    const worker = await startBusy(2, 3)
    const began = performance.now()
    expect(await worker.stop('SIGQUIT')).to.deep.equal({ code: 0, signal: null })
    expect(performance.now() - began).to.be.below(marginMs)
    expect(handedBack(worker)).to.equal(2)
    expect(await waiting()).to.deep.equal([1, 2, 3])
    await expectNoTrace('ends')
  })

  it('as PID 1 of a container SIGTERM works the same, and Redis ends with it', async function () {
    const container = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc']
    // Only root may make one. Where it may and can not, that is a failure.
    if (process.platform !== 'linux' || process.geteuid?.() !== 0) this.skip()
    const worker = await stage.started(['-n', 'ends', '-c', '1'], { launcher: container })
    client = await stage.client()
    broker = await stage.broker()
    await sendGated(1, 2)
    await eventually(() => expect(ledger.starts()).to.have.length(1))
    // Its number as it sees it itself, and from outside.
    expect(ledger.starts()[0]?.pid).to.equal(1)
    const outside = Number(readFileSync(`/proc/${worker.pid}/task/${worker.pid}/children`, 'utf8').trim())

    const exit = worker.stop('SIGTERM', outside)
    await worker.printed.waitFor(/"msg":"stopping: running tasks end"/)
    ledger.open(1)
    expect(await exit).to.deep.equal({ code: 0, signal: null })
    expect(handedBack(worker)).to.equal(0)
    expect(worker.printed.text()).to.include('embedded Redis stopped')

    const next = await stage.started(['-n', 'ends', '-c', '1'])
    await eventually(() => expect(ledger.starts(2)).to.have.length(1))
    ledger.open(next.pid)
    await stage.expectRemains(broker, nothing)
    expect(ledger.ends().map(({ number }) => number)).to.deep.equal([1, 2])
  })
})

function taskId(number: number): string {
  return `task-${number}`
}

function numberOf(taskId: string): number {
  return Number(taskId.slice('task-'.length))
}
