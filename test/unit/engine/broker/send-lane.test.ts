import { expect } from 'chai'
import { SendLane, type GroupAnswer } from '../../../../src/engine/broker/send-lane.ts'

describe('the way onto one list', () => {
  /** The calls that were made; each waits for the test's answer. */
  let calls: { messages: string[]; started: number; answer: (answer: GroupAnswer) => void }[]
  let lane: SendLane
  beforeEach(() => {
    calls = []
    lane = new SendLane((messages, started) => new Promise((answer) => calls.push({ messages, started, answer })))
  })

  /** A message is its own id. */
  const add = (message: string): Promise<string> => lane.add(message, message)

  const all = (count: number): GroupAnswer => ({ taken: count, refusal: null })
  const nextTick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const groups = (): string[][] => calls.map(({ messages }) => messages)
  const counts = (count: number): string[] => Array.from({ length: count }, (_value, index) => `m${index}`)

  it('carries what comes within one tick together, in its order', async () => {
    const sent = ['a', 'b', 'c'].map((message) => add(message))
    expect(groups(), 'not at once').to.deep.equal([])
    await nextTick()
    expect(groups()).to.deep.equal([['a', 'b', 'c']])
    calls[0]?.answer(all(3))
    await Promise.all(sent)
    expect(lane.isIdle).to.equal(true)
  })

  it('carries what comes right after answers together', async () => {
    const sent = ['a', 'b', 'c'].map(async (message) => {
      await add(message)
      await add(`${message} again`)
    })
    await nextTick()
    calls[0]?.answer(all(3))
    await nextTick()
    expect(groups()[1]).to.deep.equal(['a again', 'b again', 'c again'])
    calls[1]?.answer(all(3))
    await Promise.all(sent)
  })

  it('has two calls on their way at most; the next gather meanwhile', async () => {
    const sent: Promise<string>[] = []
    for (const message of ['a', 'b', 'c', 'd']) {
      sent.push(add(message))
      await nextTick()
    }
    expect(groups()).to.deep.equal([['a'], ['b']])
    expect(lane.isIdle).to.equal(false)
    calls[1]?.answer(all(1))
    await nextTick()
    expect(groups()).to.deep.equal([['a'], ['b'], ['c', 'd']])
    calls[0]?.answer(all(1))
    calls[2]?.answer(all(2))
    await Promise.all(sent)
    expect(lane.isIdle).to.equal(true)
  })

  it('carries no more than 256 in one call, and keeps their order', async () => {
    const messages = counts(600)
    const sent = messages.map((message) => add(message))
    await nextTick()
    expect(groups().map(({ length }) => length)).to.deep.equal([256, 256])
    calls[0]?.answer(all(256))
    await nextTick()
    calls[1]?.answer(all(256))
    calls[2]?.answer(all(88))
    await Promise.all(sent)
    expect(groups().flat()).to.deep.equal(messages)
  })

  it('sends what fills a call at once, up to four of them', async () => {
    const messages = counts(2_000)
    const sent = messages.map((message) => add(message))
    expect(groups().map(({ length }) => length)).to.deep.equal([256, 256, 256, 256])
    await nextTick()
    expect(calls.length).to.equal(4)
    for (let answered = 0; answered < calls.length; answered += 1) {
      calls[answered]?.answer(all(256))
      await nextTick()
    }
    expect(await Promise.all(sent)).to.deep.equal(messages)
    expect(groups().flat()).to.deep.equal(messages)
  })

  it('carries no more than a mebibyte in one call, but for the message that crosses it', async () => {
    const large = 'x'.repeat(600_000)
    const sent = [large, large, 'a', 'x'.repeat(2_000_000), 'b'].map((message) => add(message))
    await nextTick()
    calls[0]?.answer(all(2))
    await nextTick()
    calls[1]?.answer(all(2))
    await nextTick()
    calls[2]?.answer(all(1))
    await Promise.all(sent)
    expect(groups().map(({ length }) => length)).to.deep.equal([2, 2, 1])
  })

  it('carries what was wanted at very different times apart: each call counts from its oldest', async () => {
    const sent = [add('a')]
    await nextTick()
    sent.push(add('b'))
    await nextTick()
    sent.push(add('old'))
    await nextTick()
    await new Promise((resolve) => setTimeout(resolve, 120))
    const before = performance.now()
    sent.push(add('new'))
    await nextTick()
    calls[0]?.answer(all(1))
    calls[1]?.answer(all(1))
    await nextTick()
    expect(groups().slice(2)).to.deep.equal([['old'], ['new']])
    const [, , old = 0, recent = 0] = calls.map(({ started }) => started)
    expect(old).to.be.lessThan(before - 100)
    expect(recent).to.be.at.least(before)
    calls[2]?.answer(all(1))
    calls[3]?.answer(all(1))
    await Promise.all(sent)
  })

  it('tells those that were not taken why', async () => {
    const refusal = new Error('full')
    const sent = Promise.allSettled(['a', 'b', 'c'].map((message) => add(message)))
    await nextTick()
    calls[0]?.answer({ taken: 1, refusal })
    expect(await sent).to.deep.equal([
      { status: 'fulfilled', value: 'a' },
      { status: 'rejected', reason: refusal },
      { status: 'rejected', reason: refusal },
    ])
  })

  it('tells all of a call that failed, and goes on', async () => {
    const failing = new SendLane(async ([first]) => {
      if (first === 'a') throw new Error('away')
      return { taken: 1, refusal: null }
    })
    const sent = Promise.allSettled([failing.add('a', 'a'), failing.add('b', 'b')])
    expect((await sent).map(({ status }) => status)).to.deep.equal(['rejected', 'rejected'])
    await failing.add('c', 'c')
    expect(failing.isIdle).to.equal(true)
  })

  it('loses none of very many', async () => {
    const got: string[] = []
    const busy = new SendLane(async (messages) => {
      await nextTick()
      got.push(...messages)
      return { taken: messages.length, refusal: null }
    })
    const messages = counts(20_000)
    await Promise.all(messages.map((message) => busy.add(message, message)))
    expect(got).to.deep.equal(messages)
    expect(busy.isIdle).to.equal(true)
  })
})
