import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import { faultRounds, faultSeed, Random, tell } from '../support/fault-run.ts'
import { FaultStage, nothing } from './fault-stage.ts'

const seed = faultSeed()
const rounds = faultRounds(8)

/** The pause after each task that is sent, in milliseconds at most, and how long one takes. */
const pauseMs = 30
const taskMs = 60

describe('a rolling restart', function () {
  this.timeout(60_000 + rounds * 10_000)
  let stage: FaultStage

  before(async () => {
    stage = await FaultStage.open()
  })
  after(() => stage?.close())

  it('of two workers in turn, under a steady flow of tasks: every task runs exactly once', async () => {
    const workers = [await stage.started(['-n', 'one', '-c', '3']), await stage.started(['-n', 'two', '-c', '3'])]
    const client = await stage.client()
    const broker = await stage.broker()
    const ledger = stage.ledger()
    const random = new Random(seed)
    let sent = 0
    const until = new AbortController()
    const flow = (async () => {
      while (!until.signal.aborted) {
        sent += 1
        await client.send('faults.count', [ledger.path, sent, random.between(0, taskMs), 'none'])
        await delay(random.between(0, pauseMs))
      }
    })()
    let slowestMs = 0
    for (let round = 0; round < rounds; round += 1) {
      const worker = workers[round % 2]
      await delay(random.between(0, 300))
      const began = performance.now()
      expect(await worker?.stop(round % 4 < 2 ? 'SIGTERM' : 'SIGINT')).to.deep.equal({ code: 0, signal: null })
      slowestMs = Math.max(slowestMs, performance.now() - began)
      expect(worker?.printed.text()).to.match(/"handedBack":0,"msg":"stopped"/)
      worker?.start()
      await worker?.ready()
    }
    until.abort()
    await flow
    await stage.expectRemains(broker, nothing)
    const numbers = Array.from({ length: sent }, (_, index) => index + 1)
    const sorted = (entries: readonly { number: number }[]): number[] =>
      entries.map(({ number }) => number).toSorted((a, b) => a - b)
    tell(
      `seed ${seed}: ${rounds} restarts, ${sent} tasks, ${ledger.repeats()} ran twice; slowest stop ${Math.round(slowestMs)} ms`,
    )
    expect(sorted(ledger.starts())).to.deep.equal(numbers)
    expect(sorted(ledger.ends())).to.deep.equal(numbers)
    for (const worker of workers) {
      worker.check()
      expect(worker.failedStarts).to.deep.equal([])
    }
  })
})
