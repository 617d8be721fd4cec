import { expect } from 'chai'
import { Revocations } from '../../../../src/engine/worker/revocations.ts'
import { HandTimers, quiescence } from '../hand-timers.ts'
import { Questions } from '../questions.ts'

type News = { revoked: string[]; terminated: string[]; newest: number }

function revocationsOf(max = 10) {
  const reads = new Questions<[number], News>()
  const terminated: string[] = []
  const failures: unknown[] = []
  const revocations = new Revocations({
    store: { since: reads.ask },
    health: { failed: (_what, error) => failures.push(error) > 0 },
    max,
    onTerminate: (id) => void terminated.push(id),
  })
  /** What the store says when it is read next. */
  const tell = async (revoked: string[], more: Partial<News> = {}): Promise<number> => {
    const { args, answer } = await reads.next()
    answer({ revoked, terminated: [], newest: 1, ...more })
    return args[0]
  }
  const known = (...ids: string[]): boolean[] => ids.map((id) => revocations.has(id))
  return { revocations, reads, tell, known, terminated, failures }
}

describe('the revoked tasks', () => {
  const timers = new HandTimers()
  beforeEach(() => timers.install())
  afterEach(() => timers.uninstall())

  it('are not read where nothing was ever revoked', async () => {
    const { revocations, reads, known } = revocationsOf()
    await revocations.upTo(0)
    expect(reads.count).to.equal(0)
    expect(known('a')).to.deep.equal([false])
  })

  it('are read before anything goes on, when their count is new', async () => {
    const { revocations, reads, known, tell } = revocationsOf()
    const upTo = revocations.upTo(2)
    let done = false
    void upTo?.then(() => (done = true))
    await quiescence()
    expect([done, ...known('a')]).to.deep.equal([false, false])
    await tell(['a', 'b'])
    await upTo
    expect(known('a', 'b', 'c')).to.deep.equal([true, true, false])
    await revocations.upTo(2)
    expect(reads.count).to.equal(1)
  })

  it('are read from the newest one known, and those known stay', async () => {
    const { revocations, known, tell } = revocationsOf()
    const first = revocations.upTo(1)
    expect(await tell(['a'], { newest: 1_700_000_000_000 })).to.equal(0)
    await first
    const second = revocations.upTo(2)
    // Several can have one time: the newest one itself is among what is read.
    expect(await tell(['b'], { newest: 1_800_000_000_000 })).to.be.within(1_699_990_000_000, 1_700_000_000_000)
    await second
    expect(known('a', 'b')).to.deep.equal([true, true])
  })

  it('are read again when the count is smaller: it began anew', async () => {
    const { revocations, reads, known, tell } = revocationsOf()
    const first = revocations.upTo(9)
    await tell(['a'])
    await first
    const second = revocations.upTo(1)
    await tell(['b'])
    await second
    expect(reads.count).to.equal(2)
    expect(known('a', 'b')).to.deep.equal([true, true])
  })

  it('are read once for all who ask at the same time, and again for whom that is not enough', async () => {
    const { revocations, reads, known, tell } = revocationsOf()
    const upTo = async (count: number): Promise<void> => void (await revocations.upTo(count))
    const asked = [upTo(1), upTo(1), upTo(2)]
    await tell(['a'])
    await Promise.all(asked.slice(0, 2))
    expect(reads.count).to.equal(2)
    await tell(['b'])
    await Promise.all(asked)
    expect([reads.count, ...known('a', 'b')]).to.deep.equal([2, true, true])
  })

  it('are remembered up to their bound, the oldest forgotten first', async () => {
    const { revocations, known, tell } = revocationsOf(3)
    const first = revocations.upTo(4)
    await tell(['a', 'b', 'c', 'd'])
    await first
    expect(known('a', 'b', 'c', 'd')).to.deep.equal([false, true, true, true])
    const second = revocations.upTo(5)
    await tell(['d', 'e'])
    await second
    expect(known('b', 'c', 'd', 'e')).to.deep.equal([false, true, true, true])
  })

  it('are told to whoever ends their threads, where that is wanted', async () => {
    const { revocations, known, terminated, tell } = revocationsOf()
    const upTo = revocations.upTo(3)
    await tell(['a', 'b', 'c'], { terminated: ['b', 'c'] })
    await upTo
    expect(terminated).to.deep.equal(['b', 'c'])
    expect(known('b')).to.deep.equal([true])
  })

  it('are asked for until the broker answers', async () => {
    const { revocations, reads, known, tell, failures } = revocationsOf()
    const upTo = revocations.upTo(1)
    const errors = [new Error('gone'), new Error('still gone')]
    for (const error of errors) {
      const { fail } = await reads.next()
      fail(error)
      await quiescence()
      expect(timers.waits).to.deep.equal([100])
      timers.pass(100)
    }
    await tell(['a'])
    await upTo
    expect(failures).to.deep.equal(errors)
    expect(known('a')).to.deep.equal([true])
  })

  it('hold nobody up any more after the stop', async () => {
    const { revocations, reads } = revocationsOf()
    const upTo = revocations.upTo(1)
    const { fail } = await reads.next()
    revocations.stop()
    fail(new Error('gone'))
    await quiescence()
    timers.pass(100)
    await upTo
    await revocations.upTo(2)
    expect(reads.count).to.equal(1)
  })
})
