import { expect } from 'chai'
import type { Redis } from 'ioredis'
import type { Client } from '../../src/engine/index.ts'
import { eventually } from '../support/eventually.ts'
import { tell } from '../support/fault-run.ts'
import type { Entry, Ledger } from '../support/ledger.ts'
import type { RestlessWorker } from '../support/restless-worker.ts'
import { FaultStage, nothing } from './fault-stage.ts'
import { celeryMessage } from './queue.ts'

const leaseMs = 1_000
const longMs = 10 * leaseMs

/** What a worker logs that takes over another's messages, or has lost its own. */
const takeovers = /took back|was lost/

describe('ten times the lease, with a second worker that stands by', function () {
  this.timeout(90_000)
  let stage: FaultStage
  let workers: RestlessWorker[]
  let broker: Redis
  let client: Client

  before(async () => {
    stage = await FaultStage.open()
    const lease = { env: { LEASE_MS: String(leaseMs) } }
    workers = [
      await stage.started(['-n', 'one', '-c', '2'], lease),
      await stage.started(['-n', 'two', '-c', '2'], lease),
    ]
    broker = await stage.broker()
    client = await stage.client()
  })
  after(() => stage?.close())

  function expectNoTakeover(): void {
    for (const worker of workers) {
      worker.check()
      expect(worker.printed.log().map(({ msg }) => String(msg))).to.satisfy((lines: string[]) =>
        lines.every((line) => !takeovers.test(line)),
      )
    }
  }

  it('a task that computes without a pause, one with a countdown, and a Celery client’s with an eta: each runs once', async () => {
    const ledger = stage.ledger()
    const [spinning, counted, fromCelery] = [1, 2, 3]
    await client.send('faults.spin', [ledger.path, spinning, longMs])
    await client.send('faults.count', [ledger.path, counted, 0, 'none'], { countdown: longMs / 1000 })
    const eta = new Date(Date.now() + longMs)
    await broker.lpush('celery', withEta(eta, [ledger.path, fromCelery, 0, 'none']))
    await eventually(() => expect(ledger.starts(spinning)).to.have.length(1))
    await stage.expectRemains(broker, { waiting: 0, scheduled: 2, claimed: 1 })

    await stage.expectRemains(broker, nothing, longMs + 15_000)
    const runs = (number: number | undefined): string[] =>
      ledger
        .entries()
        .filter((entry) => entry.number === number)
        .map(({ what, attempt }) => `${what} ${attempt}`)
    // Nothing is left on the broker, so nobody can run anything again.
    for (const number of [spinning, counted, fromCelery]) expect(runs(number)).to.deep.equal(['start 0', 'end 0'])
    const [began, ended] = ledger.entries().filter(({ number }) => number === spinning)
    expect(lasted(began, ended)).to.be.at.least(longMs)
    expect(ledger.starts(fromCelery)[0]?.time).to.be.at.least(eta.getTime())
    expectNoTakeover()
    tell(
      `${longMs / 1000} s of work and two waits of ${longMs / 1000} s under a lease of ${leaseMs / 1000} s: one run each`,
    )
  })

  it('a countdown on an idle process: never early, and mostly within 50 ms', async () => {
    const ledger = stage.ledger()
    const count = 20
    for (let number = 1; number <= count; number += 1) {
      // Far enough apart that none waits for another.
      await client.send('faults.count', [ledger.path, number, 0, 'none'], { countdown: 1.5 + number * 0.137 })
    }
    // A worker takes them from the list and puts them there.
    const due = await eventually(async () => {
      const found = await dueTimes(broker)
      expect([...found.keys()].toSorted((a, b) => a - b)).to.deep.equal(
        Array.from({ length: count }, (_, at) => at + 1),
      )
      return found
    })
    await stage.expectRemains(broker, nothing)
    const late = lateness(ledger, due).toSorted((a, b) => a - b)
    tell(
      `${count} countdowns: started ${late[0]} to ${late.at(-1)} ms after their time, half of them within ${late[count / 2]} ms`,
    )
    expect(late).to.have.length(count)
    expect(late[0], 'the earliest').to.be.at.least(0)
    // Of the slowest ones this machine may have its part; of half of them not.
    expect(late[count / 2], 'the median').to.be.at.most(50)
    expectNoTakeover()
  })
})

/** A message as a Celery client wrote it, with an eta in Celery's form: microseconds, and an offset. */
function withEta(eta: Date, args: readonly unknown[]): string {
  const message = JSON.parse(celeryMessage('faults.count', args).raw) as { headers: Record<string, unknown> }
  message.headers['eta'] = eta.toISOString().replace('Z', '000+00:00')
  return JSON.stringify(message)
}

/** When the scheduled tasks are due, Unix milliseconds, by their number: as their messages say. */
async function dueTimes(broker: Redis): Promise<Map<number, number>> {
  const stored = await broker.hvals('lovage:eta:celery:m')
  return new Map(
    stored.map((text) => {
      // In front of the message stands the list that it goes to.
      const message = JSON.parse(text.slice(text.indexOf('\0') + 1)) as { body: string; headers: { eta: string } }
      const [args] = JSON.parse(Buffer.from(message.body, 'base64').toString()) as [[path: string, number: number]]
      return [args[1], Date.parse(message.headers.eta)]
    }),
  )
}

/** How long after its due time each task started, in milliseconds. */
function lateness(ledger: Ledger, due: ReadonlyMap<number, number>): number[] {
  return ledger.starts().map(({ number, time }) => time - (due.get(number) ?? NaN))
}

function lasted(began: Entry | undefined, ended: Entry | undefined): number {
  return (ended?.time ?? NaN) - (began?.time ?? NaN)
}
