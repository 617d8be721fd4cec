import { expect } from 'chai'
import { Maintainer } from '../../../../src/engine/worker/maintainer.ts'
import { engineLog } from '../engine-log.ts'

const steps = ['refresh', 'recover', 'returnLost', 'restoreUnacked', 'releaseKnown', 'trim'] as const
type Step = (typeof steps)[number]

/** Steps that give what is said, or fail with it; all else is done without anything to do. */
function maintainerOf(said: Partial<Record<Step, unknown>> = {}, leaseMs = 30_000) {
  const done: string[] = []
  const told: unknown[] = []
  const logger = engineLog()
  const step =
    <T>(name: Step, usual: T) =>
    async (): Promise<T> => {
      done.push(name)
      const answer = said[name]
      if (answer instanceof Error) throw answer
      return (answer as T | undefined) ?? usual
    }
  const maintainer = new Maintainer({
    membership: { refresh: step('refresh', undefined), recover: step('recover', 0) },
    broker: { returnLost: step('returnLost', 0) },
    upkeep: {
      restoreUnacked: step('restoreUnacked', { restored: 0, unreadable: 0 }),
      releaseKnown: step('releaseKnown', 0),
      trim: step('trim', undefined),
    },
    leaseMs,
    onRecovered: () => void done.push('told'),
    health: { failed: (what, error) => told.push([what, error]) > 0 },
    logger,
  })
  return { maintainer, done, told, logger }
}

describe('the maintainer', () => {
  it('renews the lease first, then looks after the rest, then tells that there may be work', async () => {
    const { maintainer, done, told, logger } = maintainerOf()
    await maintainer.turn()
    expect(done).to.deep.equal([...steps, 'told'])
    expect([told, logger.lines]).to.deep.equal([[], []])
  })

  const lines: [step: Step, answer: unknown, line: [string, string, object]][] = [
    ['recover', 2, ['warn', 'took back messages of a process that is gone', { count: 2 }]],
    ['returnLost', 1, ['warn', 'took back messages whose claim was not answered', { count: 1 }]],
    [
      'restoreUnacked',
      { restored: 3, unreadable: 0 },
      ['warn', 'took back messages of a Celery worker that is gone', { restored: 3, unreadable: 0 }],
    ],
    [
      'restoreUnacked',
      { restored: 0, unreadable: 1 },
      ['warn', 'took back messages of a Celery worker that is gone', { restored: 0, unreadable: 1 }],
    ],
    ['releaseKnown', 4, ['info', 'parked messages are run: their task is known now', { count: 4 }]],
  ]
  for (const [step, answer, line] of lines) {
    it(`says what it has put back: ${JSON.stringify(answer)} by ${step}`, async () => {
      const { maintainer, logger } = maintainerOf({ [step]: answer })
      await maintainer.turn()
      expect(logger.lines).to.deep.equal([line])
    })
  }

  for (const step of steps) {
    it(`does the others where one fails: ${step}`, async () => {
      const error = new Error('Connection is closed.')
      const { maintainer, done, told } = maintainerOf({ [step]: error })
      await maintainer.turn()
      expect(done).to.deep.equal([...steps, 'told'])
      expect(told.flat()).to.include(error).and.have.length(2)
    })
  }

  it('has a turn every third of the lease, until it is stopped', async () => {
    const real = { setInterval, clearInterval }
    const set: unknown[] = []
    const timer = {}
    const fakes = {
      setInterval: (action: () => void, milliseconds: number) => (set.push([action, milliseconds]), timer),
      clearInterval: (cleared: unknown) => void set.push(cleared),
    }
    Object.assign(globalThis, fakes)
    try {
      const { maintainer, done } = maintainerOf({}, 900)
      maintainer.start()
      const [[action, milliseconds]] = set as [[() => void, number]]
      expect([set.length, milliseconds, done]).to.deep.equal([1, 300, []])
      action()
      expect(done).to.deep.equal(['refresh'])
      maintainer.stop()
      maintainer.stop()
      expect(set.slice(1)).to.deep.equal([timer])
    } finally {
      Object.assign(globalThis, real)
    }
  })
})
