import { expect } from 'chai'
import type { QueueFigures } from '../../../../src/engine/broker/figure-store.ts'
import { RunTally } from '../../../../src/engine/worker/run-tally.ts'
import type { WrittenStep } from '../../../../src/monitor/history/history-store.ts'
import { HistoryWriter } from '../../../../src/monitor/history/history-writer.ts'
import { readStep } from '../../../../src/monitor/history/step-text.ts'
import { endsIn } from '../../../../src/monitor/history/step.ts'

describe('the writer of the history', () => {
  /** Steps by length and number, as the store has them. */
  function aWriter() {
    const clock = { now: 600_000 }
    const tally = new RunTally()
    const state = { away: false, left: 0, waiting: 0, calls: [] as string[] }
    const written = new Map<string, WrittenStep>()
    const warnings: string[] = []
    const queue = (): QueueFigures & { served: boolean } => ({
      name: 'celery',
      byPriority: [state.waiting, 0, 0, 1],
      oldestAge: null,
      scheduled: 0,
      retrying: 0,
      limited: 2,
      dead: 0,
      unknown: 0,
      unreadable: 0,
      served: true,
    })
    const writer = new HistoryWriter({
      inspector: {
        epoch: 'e',
        now: () => clock.now,
        get tally() {
          return tally.snapshot()
        },
        running: [],
        look: async () => {
          if (state.away) throw new Error('away')
          return { now: clock.now, queues: [queue()] }
        },
      },
      store: {
        write: async (steps, writer) => {
          if (state.away) throw new Error('away')
          state.calls.push(
            `${writer}: ${steps.map(({ resolution, number }) => `${resolution.stepMs / 1000} s ${number}`).join(', ')}`,
          )
          for (const step of steps) written.set(`${step.resolution.stepMs / 1000} s ${step.number}`, step)
          return state.left
        },
      },
      hours: 24,
      logger: { warn: (_fields, message) => void warnings.push(message) },
    })
    const ends = (key: string): number | undefined => {
      const step = written.get(key)
      return step === undefined ? undefined : endsIn(readStep(step.text)?.tasks.values() ?? [])
    }
    const run = (count: number): void => {
      for (let each = 0; each < count; each += 1) tally.of('a').refused('expired')
    }
    return { writer, clock, state, written, warnings, ends, run }
  }

  it('writes each ten seconds, and the minute as far as it has come', async () => {
    const { writer, clock, state, ends, run, written } = aWriter()
    for (let step = 0; step < 7; step += 1) {
      run(step + 1)
      clock.now += 10_000
      await writer.write()
    }
    expect(state.calls).to.deep.equal([
      'e: 10 s 60, 60 s 10',
      'e: 10 s 61, 60 s 10',
      'e: 10 s 62, 60 s 10',
      'e: 10 s 63, 60 s 10',
      'e: 10 s 64, 60 s 10',
      'e: 10 s 65, 60 s 10',
      'e: 10 s 66, 60 s 11',
    ])
    expect([ends('10 s 60'), ends('10 s 65'), ends('60 s 10'), ends('60 s 11')]).to.deep.equal([1, 6, 21, 7])
    const minute = readStep(written.get('60 s 10')?.text ?? '')
    expect(minute).to.include({ ms: 60_000, processes: 1 })
    expect(minute?.queues.get('celery')?.waiting).to.equal(3)
  })

  it('writes what could not be written, in the steps that it belongs to, when Redis is back', async () => {
    const { writer, clock, state, ends, run } = aWriter()
    state.away = true
    for (let step = 0; step < 8; step += 1) {
      run(1)
      clock.now += 10_000
      await writer.write()
    }
    expect(state.calls).to.deep.equal([])
    expect(endsIn(writer.pending.values())).to.equal(8)
    state.away = false
    run(1)
    clock.now += 10_000
    await writer.write()
    expect([ends('10 s 60'), ends('10 s 67'), ends('10 s 68'), ends('60 s 10'), ends('60 s 11')]).to.deep.equal([
      1, 1, 1, 6, 3,
    ])
    expect(writer.pending.size).to.equal(0)
  })

  it('tells what is not written yet, and how often it was', async () => {
    const { writer, clock, run } = aWriter()
    run(3)
    expect([endsIn(writer.pending.values()), writer.writes]).to.deep.equal([3, 0])
    clock.now += 10_000
    await writer.write()
    expect([writer.pending.size, writer.writes]).to.deep.equal([0, 1])
  })

  it('keeps a bounded number of steps while Redis is away', async () => {
    const { writer, clock, state } = aWriter()
    state.away = true
    for (let step = 0; step < 300; step += 1) {
      clock.now += 10_000
      await writer.write()
    }
    state.away = false
    clock.now += 10_000
    await writer.write()
    expect(state.calls[0]?.split(',')).to.have.length.within(60, 73)
  })

  it('says once that too many write', async () => {
    const { writer, clock, state, warnings } = aWriter()
    state.left = 2
    for (let step = 0; step < 2; step += 1) {
      clock.now += 10_000
      await writer.write()
    }
    expect(warnings).to.deep.equal(['history: too many processes; steps of this one are left out'])
    expect(writer.left).to.equal(4)
  })

  it('writes what there is when it stops, and nothing where it was not started', async () => {
    const { writer, clock, state, ends, run } = aWriter()
    await writer.stop()
    expect(state.calls).to.deep.equal([])
    writer.start()
    run(2)
    clock.now += 4_000
    await writer.stop()
    expect([ends('10 s 60'), ends('60 s 10')]).to.deep.equal([2, 2])
  })
})
