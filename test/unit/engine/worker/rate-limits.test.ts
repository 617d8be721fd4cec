import { expect } from 'chai'
import type { Settlement } from '../../../../src/engine/broker/broker.ts'
import { decodeMessage } from '../../../../src/engine/message.ts'
import type { SharedRateLimit } from '../../../../src/engine/rate-limit.ts'
import type { TaskOptions } from '../../../../src/engine/task-options.ts'
import { RateLimits } from '../../../../src/engine/worker/rate-limits.ts'
import { engineLog } from '../engine-log.ts'
import { inHand, known } from './controlled-node.ts'

/** Rate limits on a fake store that gives the next of these answers. */
function limitsOf(
  rateLimit: SharedRateLimit<never[]>,
  answers: readonly (true | 'full' | number | null)[],
  options: TaskOptions<never[]> = {},
) {
  const task = known('proj.add', { rateLimit, ...options })
  const asked: unknown[] = []
  const settled: Settlement[] = []
  const clock = { now: 1_000 }
  const limits = new RateLimits({
    store: {
      admit: async (queue, name, key) => {
        asked.push([queue, name, key])
        return answers[asked.length - 1] ?? true
      },
      release: async (rateOf, isPaused) => {
        asked.push([rateOf('proj.add'), rateOf('nobody'), isPaused('mail'), isPaused('celery')])
        return { moved: 1, nextInMs: 5 }
      },
      setRate: async () => {},
      waiting: async () => new Map(),
    },
    broker: { now: () => clock.now },
    settler: {
      settle: async (_claim, settlement) => void settled.push(settlement),
      untilDone: async (step) => (answers[asked.length] === null ? null : step()),
    },
    known: new Map([task]),
    paused: new Set(['mail']),
    logger: engineLog(),
  })
  const pass = (args: unknown[] = [2, 3], kwargs = {}): Promise<boolean> => {
    const { rate } = task[1]
    if (rate === null) throw new Error('no rate')
    const { work } = inHand(task, false)
    const body = JSON.stringify([args, kwargs, null])
    return limits.pass({ ...work, message: { ...work.message, body, bodyEncoding: null } }, rate)
  }
  return { limits, pass, asked, settled, clock, rate: task[1].rate }
}

describe('rate limits of a worker', () => {
  it('ask for each start, and settle nothing where it may be', async () => {
    const { pass, asked, settled } = limitsOf({ rate: 1 }, [])
    expect([await pass(), await pass()]).to.deep.equal([true, true])
    expect(asked).to.deep.equal([
      ['celery', 'proj.add', ''],
      ['celery', 'proj.add', ''],
    ])
    expect(settled).to.deep.equal([])
  })

  it('have a message wait in the form in which it may start', async () => {
    const { pass, settled } = limitsOf({ rate: 1 }, [2_000])
    expect(await pass()).to.equal(false)
    const [{ park } = {}] = settled
    expect(park).to.include({ task: 'proj.add', key: '', expires: null, taskId: 'an-id' })
    expect(decodeMessage(Buffer.from(park?.text ?? ''))).to.include({ id: 'an-id', admitted: true })
  })

  it('do not ask again before it is worth while, for the same key', async () => {
    const key = (label: string): string => label
    const { pass, asked, clock, settled } = limitsOf({ rate: 1, scope: 'global', key }, [2_000, true, true])
    expect(await pass(['a'])).to.equal(false)
    expect(await pass(['a'])).to.equal(false)
    expect(asked).to.have.length(1)
    expect(await pass(['b'])).to.equal(true)
    clock.now = 2_000
    expect(await pass(['a'])).to.equal(true)
    expect(asked.map((each) => (each as string[])[2])).to.deep.equal(['a', 'b', 'a'])
    expect(settled.map(({ park }) => park?.key)).to.deep.equal(['a', 'a'])
  })

  it('make the key of the arguments as the handler gets them, those by name in their places', async () => {
    const key = (first: string, second: string): string => `${first} ${second}`
    const { pass, asked } = limitsOf({ rate: 1, scope: 'global', key }, [], { params: ['first', 'second'] })
    expect(await pass(['a'], { second: 'b' })).to.equal(true)
    expect(asked).to.deep.equal([['celery', 'proj.add', 'a b']])
    const error: unknown = await pass(['a'], { third: 'c' }).catch((thrown: unknown) => thrown)
    expect(error).to.be.an('error').with.property('message').that.contains("unexpected keyword argument 'third'")
  })

  it('put a message on the schedule as it is where too many keys are waited for', async () => {
    const { pass, settled } = limitsOf({ rate: 1 }, ['full'])
    expect(await pass()).to.equal(false)
    expect(settled).to.deep.equal([{ schedule: { due: 2_000, behind: true } }])
  })

  it('leave a message claimed where the worker stops', async () => {
    const { pass, settled } = limitsOf({ rate: 1 }, [null])
    expect(await pass()).to.equal(false)
    expect(settled).to.deep.equal([])
  })

  it('refuse a key that is none, without telling it', async () => {
    const { pass, asked } = limitsOf({ rate: 1, scope: 'global', key: (...args: string[]) => args[1] ?? '' }, [])
    const error: unknown = await pass(['secret']).catch((thrown: unknown) => thrown)
    expect(error).to.be.an('error').with.property('code', 'ARGUMENT_INVALID')
    expect(String(error)).not.to.contain('secret')
    expect(asked).to.deep.equal([])
  })

  it('release what waits, by the rates of the tasks that are known here', async () => {
    const { limits, asked, rate } = limitsOf({ rate: '10/m' }, [])
    limits.open()
    expect(await limits.release()).to.deep.equal({ moved: 1, nextInMs: 5 })
    expect(asked).to.deep.equal([[rate, undefined, true, false]])
  })

  it('release nothing before messages are taken, and when none are any more', async () => {
    const { limits, asked } = limitsOf({ rate: '10/m' }, [])
    const nothing = { moved: 0, nextInMs: null }
    expect(await limits.release()).to.deep.equal(nothing)
    limits.close()
    limits.open()
    expect(await limits.release()).to.deep.equal(nothing)
    expect(asked).to.deep.equal([])
  })
})
