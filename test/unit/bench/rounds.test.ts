import { expect } from 'chai'
import { pause, rotate, ROWS, runRounds, watchDrain } from './load-bench.ts'

const never = new Promise<never>(() => undefined)
const measure = async (): Promise<Record<string, number>> => ({})
const row = {
  name: 'row',
  title: '',
  requirement: '',
  metrics: { rate: { title: 'tasks/s', better: 'more' as const } },
  contenders: ['a', 'b', 'c'].map((name) => ({ name, title: name, measure })),
  checks: [],
}

describe('bench/harness/rounds.mjs', () => {
  it('begins each round with another one', () => {
    expect([0, 1, 2, 3].map((by) => rotate(['a', 'b', 'c'], by).join(''))).to.deep.equal(['abc', 'bca', 'cab', 'abc'])
    expect(rotate([], 2)).to.deep.equal([])
  })

  it('runs every contender once a round, and one that failed no more', async () => {
    const order: string[] = []
    const measurements = await runRounds(row, 3, async ({ name }, round) => {
      order.push(`${name}${round}`)
      return name === 'b' && round === 1 ? null : { rate: round }
    })
    expect(order).to.deep.equal(['a0', 'b0', 'c0', 'b1', 'c1', 'a1', 'c2', 'a2'])
    expect([...measurements.values()].map((runs) => runs.length)).to.deep.equal([3, 1, 3])
  })
})

describe('bench/harness/drain.mjs', () => {
  const looks = (
    ...left: [waiting: number, claimed: number][]
  ): (() => Promise<{ waiting: number; claimed: number }>) => {
    let next = 0
    return async () => {
      const [waiting, claimed] = left[Math.min(next, left.length - 1)] ?? [0, 0]
      next += 1
      return { waiting, claimed }
    }
  }

  it('ends when nothing waits and nothing is claimed', async () => {
    let asked = 0
    const steps = looks([10, 0], [10, 0], [5, 5], [0, 1], [0, 0])
    const look = async (): ReturnType<typeof steps> => {
      asked += 1
      return steps()
    }
    const seconds = await watchDrain({ total: 10, look, failed: never })
    expect(asked).to.equal(5)
    expect(seconds).to.be.within(0.002, 2)
  })

  it('rejects when a process fails', async () => {
    const error = await watchDrain({
      total: 10,
      look: looks([10, 0]),
      failed: Promise.reject(new Error('gone')),
    }).catch((reason: unknown) => reason)
    expect(error).to.be.an('error').with.property('message', 'gone')
  })

  it('looks more often the nearer the end', () => {
    expect(pause(900, 1000, 100)).to.equal(200)
    expect(pause(100, 1000, 900)).to.equal(50)
    expect(pause(1, 1000, 999)).to.equal(2)
    expect(pause(1000, 1000, 500)).to.equal(2)
  })
})

describe('bench/rows', () => {
  for (const { name, contenders, metrics, checks } of ROWS) {
    it(`${name}: names are unique, and checks and comparisons name what is there`, () => {
      const names = contenders.map((contender) => contender.name)
      expect(new Set(names).size).to.equal(names.length)
      for (const { base } of contenders) if (base !== undefined) expect(names).to.include(base)
      const [main = ''] = Object.keys(metrics)
      for (const check of checks) {
        const value = check.value((contender, metric = main) => {
          expect(names, check.text).to.include(contender)
          expect(Object.keys(metrics), check.text).to.include(metric)
          return 1
        })
        expect(value, check.text).to.be.finite
      }
    })
  }

  it('have names of their own', () => {
    const names = ROWS.map(({ name }) => name)
    expect(names).to.include.members([
      'drain',
      'results',
      'enqueue',
      'latency',
      'waiting',
      'computing',
      'memory',
      'growth',
    ])
    expect(new Set(names).size).to.equal(names.length)
  })
})
