import * as api from '@opentelemetry/api'
import { expect } from 'chai'
import { Beat } from '../../../../src/engine/beat/beat.ts'
import { readEntries } from '../../../../src/engine/beat/read-entries.ts'
import { TickMessages } from '../../../../src/engine/beat/tick-messages.ts'
import type { BeatStore, StepOutcome, TickStep } from '../../../../src/engine/broker/beat-store.ts'
import { ApiTracer } from '../../../../src/engine/tracing/api-tracer.ts'
import { eventually } from '../../../support/eventually.ts'
import { Telemetry } from '../../../support/telemetry.ts'
import { engineLog } from '../engine-log.ts'

const now = Date.parse('2026-01-01T04:00:00Z')

/** Where each entry has one tick that is due, until it is done with; `answers`: of an entry's steps, one after another. */
function storeOf(answers: Record<string, readonly (() => StepOutcome)[]>): BeatStore {
  const lasts = new Map<string, number>()
  const steps = new Map<string, number>()
  return {
    look: async (entries) => ({
      now,
      states: entries.map(({ name }) => ({ last: lasts.get(name) ?? now - 40_000, by: 'another' })),
    }),
    step: async ({ name, to }: TickStep) => {
      const count = steps.get(name) ?? 0
      steps.set(name, count + 1)
      const outcome = answers[name]?.[count]?.() ?? 'other'
      if (typeof outcome === 'string') lasts.set(name, to)
      return outcome
    },
  }
}

describe('the spans of ticks', () => {
  let telemetry: Telemetry
  beforeEach(() => void (telemetry = new Telemetry()))
  afterEach(() => telemetry.close())

  it('end where another scheduler was faster, where the queue is full, and where the broker has not taken them', async () => {
    const lost = (): never => {
      throw new Error('no answer')
    }
    const names = ['faster', 'full', 'lost']
    const schedule = Object.fromEntries(names.map((name) => [name, { task: name, schedule: 30 }]))
    const tracer = new ApiTracer('file:///api.js', api)
    const messages = new TickMessages({ defaultQueue: 'celery', origin: '1@here', seed: '', tasks: new Map(), tracer })
    const beat = new Beat({
      entries: readEntries(schedule, { timezone: 'UTC', missed: 'once' }),
      store: storeOf({
        faster: [() => 'other'],
        full: [() => ({ full: 'celery', length: 9 }), () => 'sent'],
        lost: [lost, () => 'sent'],
      }),
      messages,
      rules: { lateMs: 60_000, maxMissed: 1 },
      health: { answered: () => {}, failed: () => true },
      onSent: (message) => messages.sent(message),
      logger: engineLog(),
    })
    beat.start()
    await eventually(() => expect(telemetry.spans).to.have.length(5))
    await beat.stop()
    const told = telemetry.spans.map(({ name, attributes }) => [
      name,
      attributes['lovage.outcome'],
      attributes['error.type'],
    ])
    expect(told).to.have.deep.members([
      ['send faster', 'not_sent', undefined],
      ['send full', undefined, 'QUEUE_FULL'],
      ['send full', undefined, undefined],
      ['send lost', 'not_sent', undefined],
      ['send lost', undefined, undefined],
    ])
  })
})
