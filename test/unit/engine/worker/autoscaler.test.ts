import { expect } from 'chai'
import { Autoscaler, type AutoscaleOptions } from '../../../../src/engine/worker/autoscaler.ts'
import type { PoolKind } from '../../../../src/engine/pool/pool.ts'
import { MemoryLog } from '../../../support/engine.ts'
import { eventually } from '../../../support/eventually.ts'

interface Scaled extends Partial<AutoscaleOptions> {
  readonly kind?: PoolKind
}

/** An autoscaler whose load is what the test says. */
function autoscalerOf({ max = 6, min = 2, keepAliveMs = 60_000, kind = 'threads' }: Scaled = {}) {
  const state = { load: 0, room: 9, backlog: 0, broken: false, asked: 0, looks: 0 }
  const sizes: number[] = []
  const logger = new MemoryLog()
  let concurrency = min
  const autoscaler = new Autoscaler({
    scale: { max, min, keepAliveMs },
    pool: { kind },
    size: {
      get concurrency() {
        return concurrency
      },
      resize: (size) => {
        concurrency = size
        sizes.push(size)
      },
    },
    slots: {
      load: () => {
        state.looks += 1
        return state.load
      },
      room: () => state.room,
    },
    paused: new Set(['held']),
    reach: { slots: (queue, count) => (queue === 'short' ? count / 100 : count) },
    broker: {
      backlog: async () => {
        state.asked += 1
        if (state.broken) throw new Error('away')
        return new Map([
          ['celery', state.backlog],
          ['short', 100],
          ['held', 1_000],
        ])
      },
    },
    dispatcher: { running: 7 },
    logger,
  })
  const looked = async (): Promise<void> => {
    const before = state.looks
    await eventually(() => expect(state.looks).to.be.at.least(before + 2))
  }
  return { autoscaler, state, sizes, logger, looked }
}

describe('the autoscaler', () => {
  it('grows by what is here and what waits, and asks the broker only where no slot is free', async () => {
    const { autoscaler, state, sizes, looked } = autoscalerOf()
    autoscaler.start()
    try {
      state.load = 2
      await looked()
      expect([sizes, state.asked]).to.deep.equal([[], 0])
      Object.assign(state, { room: 0.5, backlog: 1 })
      await eventually(() => expect(sizes, '2 here, 1 waits, and as much as one slot of short ones').to.deep.equal([4]))
      state.backlog = 1_000
      await eventually(() => expect(sizes).to.deep.equal([4, 6]))
      expect(autoscaler.info).to.deep.equal({ max: 6, min: 2, current: 6, qty: 7 })
    } finally {
      autoscaler.stop()
    }
  })

  it('does not grow for what the sums of parts of slots are wrong by', async () => {
    const { autoscaler, state, sizes, looked } = autoscalerOf({ min: 1 })
    autoscaler.start()
    try {
      state.load = 1 + 1e-9
      await looked()
      expect(sizes).to.deep.equal([])
      state.load = 1.01
      await eventually(() => expect(sizes).to.deep.equal([2]))
    } finally {
      autoscaler.stop()
    }
  })

  it('shrinks after a quiet time', async () => {
    const { autoscaler, state, sizes } = autoscalerOf({ keepAliveMs: 300 })
    state.load = 5
    autoscaler.start()
    try {
      await eventually(() => expect(sizes).to.deep.equal([5]))
      state.load = 0
      await eventually(() => expect(sizes).to.deep.equal([5, 2]))
    } finally {
      autoscaler.stop()
    }
  })

  it('takes other bounds at once, and one of them alone', () => {
    const { autoscaler, sizes } = autoscalerOf()
    expect(autoscaler.update(null, 4)).to.deep.equal({ max: 6, min: 4 })
    expect(autoscaler.update(3, 1)).to.deep.equal({ max: 3, min: 1 })
    expect(autoscaler.update(null, null)).to.deep.equal({ max: 3, min: 1 })
    expect(sizes).to.deep.equal([4, 1])
  })

  it('goes on where the broker is away: nothing more is needed', async () => {
    const { autoscaler, state, sizes, logger } = autoscalerOf()
    Object.assign(state, { load: 3, room: 0, broken: true })
    autoscaler.start()
    try {
      await eventually(() => expect(state.asked).to.be.at.least(2))
      expect(sizes).to.deep.equal([3])
      expect(logger.has('the broker does not tell what waits')).to.equal(true)
    } finally {
      autoscaler.stop()
    }
  })

  for (const [given, expected] of [
    [{ max: 0, min: 1 }, 'autoscale: max: expected a whole number from 1 to 10000, came 0'],
    [{ max: 3, min: 1.5 }, 'autoscale: min: expected a whole number from 1 to 10000, came 1.5'],
    [{ max: 10_001, min: 1 }, 'came 10001'],
    [{ max: 2, min: 3 }, 'autoscale: expected max to be at least min, came max=2 min=3'],
    [{ kind: 'solo' as const }, 'autoscale: the solo pool runs one task at a time'],
  ] as const) {
    it(`refuses ${JSON.stringify(given)}`, () => {
      expect(() => autoscalerOf(given)).to.throw(expected)
    })
  }

  it('stays as it is where other bounds are refused', () => {
    const { autoscaler, sizes } = autoscalerOf()
    expect(() => autoscaler.update(1, null)).to.throw('expected max to be at least min, came max=1 min=2')
    expect(autoscaler.info).to.include({ max: 6, min: 2 })
    expect(sizes).to.deep.equal([])
  })
})
