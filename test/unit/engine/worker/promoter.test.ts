import { expect } from 'chai'
import type { Promoted } from '../../../../src/engine/broker/broker.ts'
import { Promoter } from '../../../../src/engine/worker/promoter.ts'
import { HandTimers, quiescence } from '../hand-timers.ts'
import { Questions } from '../questions.ts'
import { fakeHealth } from './fake-health.ts'

type Look = Promoted
const nothing: Look = { moved: 0, nextInMs: null, revocations: 0, limited: false, paused: [] }

function promoterOf() {
  const looks = new Questions<[], Look>()
  const releases = new Questions<[], { moved: number; nextInMs: number | null }>()
  const revocations = new Questions<[number], void>()
  const health = fakeHealth()
  const paused: (readonly string[])[] = []
  let promoted = 0
  const promoter = new Promoter({
    schedule: { promote: looks.ask },
    limits: { release: releases.ask },
    health,
    onPromoted: () => void (promoted += 1),
    onPaused: (names) => void paused.push(names),
    onRevocations: revocations.ask,
  })
  /** What the next look sees; goes on until the promoter sleeps. */
  const look = async (seen: Partial<Look> = {}): Promise<void> => {
    const { answer } = await looks.next()
    answer({ ...nothing, ...seen })
    const asked = await revocations.next()
    asked.answer()
    await quiescence()
  }
  return { promoter, looks, releases, revocations, health, look, paused, promoted: () => promoted }
}

describe('the promoter', () => {
  const timers = new HandTimers()
  beforeEach(() => timers.install())
  afterEach(() => timers.uninstall())

  const sleeps: [what: string, seen: Partial<Look>, wait: number][] = [
    ['there is nothing on the schedule', {}, 40],
    ['the next message is due in an hour: others may be due sooner', { nextInMs: 3_600_000 }, 40],
    ['the next message is due sooner', { nextInMs: 7 }, 7],
    ['more is due than one look could move', { moved: 200, nextInMs: 0 }, 0],
  ]
  for (const [what, seen, wait] of sleeps) {
    it(`looks again after ${wait} ms where ${what}`, async () => {
      const { promoter, looks, look } = promoterOf()
      promoter.start()
      await look(seen)
      expect(timers.waits).to.deep.equal([wait])
      if (wait > 0) timers.pass(wait - 1)
      await quiescence()
      expect(looks.count).to.equal(1)
      timers.pass(1)
      await look()
      expect(looks.count).to.equal(2)
      await promoter.stop()
    })
  }

  it('tells when messages have come to be due, and only then', async () => {
    const { promoter, look, promoted } = promoterOf()
    promoter.start()
    for (const moved of [0, 3, 0, 1]) {
      await look({ moved })
      timers.pass(40)
    }
    await look()
    expect(promoted()).to.equal(2)
    await promoter.stop()
  })

  it('looks at what waits for a rate limit only where anything does, and sleeps until the first of both is due', async () => {
    const { promoter, looks, releases, revocations, promoted } = promoterOf()
    promoter.start()
    for (const [nextInMs, released, wait] of [
      [9, { moved: 1, nextInMs: 5 }, 5],
      [3, { moved: 0, nextInMs: 5 }, 3],
      [null, { moved: 0, nextInMs: 7 }, 7],
      [null, { moved: 0, nextInMs: null }, 40],
    ] as const) {
      const look = await looks.next()
      look.answer({ ...nothing, nextInMs, limited: true })
      const release = await releases.next()
      release.answer(released)
      const asked = await revocations.next()
      asked.answer()
      await quiescence()
      expect(timers.waits).to.deep.equal([wait])
      timers.pass(wait)
    }
    expect(promoted()).to.equal(1)
    const look = await looks.next()
    look.answer(nothing)
    const asked = await revocations.next()
    asked.answer()
    await quiescence()
    expect(releases.count).to.equal(4)
    await promoter.stop()
  })

  it('tells with each look which queues are paused, before it lets go of anything that waits there', async () => {
    const { promoter, looks, releases, look, paused } = promoterOf()
    promoter.start()
    await look({ paused: ['mail'] })
    timers.pass(40)
    const { answer } = await looks.next()
    answer({ ...nothing, limited: true, paused: [] })
    await releases.next()
    expect(paused).to.deep.equal([['mail'], []])
    void promoter.stop()
  })

  it('tells how often anything was revoked, and waits until that is known', async () => {
    const { promoter, looks, revocations } = promoterOf()
    promoter.start()
    const first = await looks.next()
    first.answer({ ...nothing, revocations: 5 })
    const { args, answer } = await revocations.next()
    expect(args).to.deep.equal([5])
    expect(timers.waits).to.deep.equal([])
    answer()
    await quiescence()
    expect(timers.waits).to.deep.equal([40])
    await promoter.stop()
  })

  it('tells of each answer, and of each failure', async () => {
    const { promoter, looks, health, look } = promoterOf()
    const error = new Error('gone')
    promoter.start()
    await look()
    timers.pass(40)
    const { fail } = await looks.next()
    fail(error)
    await quiescence()
    timers.pass(50)
    await look()
    expect(health.told).to.deep.equal(['answered', error, 'answered'])
    await promoter.stop()
  })

  it('looks less and less often while the broker is away, and as often as before when it is back', async () => {
    const { promoter, looks, look } = promoterOf()
    promoter.start()
    for (const wait of [50, 100, 200, 400, 800, 1_000, 1_000]) {
      const { fail } = await looks.next()
      fail(new Error('gone'))
      await quiescence()
      expect(timers.waits).to.deep.equal([wait])
      timers.pass(wait)
    }
    await look()
    timers.pass(40)
    const { fail } = await looks.next()
    fail(new Error('gone again'))
    await quiescence()
    expect(timers.waits).to.deep.equal([50])
    await promoter.stop()
  })

  it('looks at once for whoever asks, who is told when that look has ended', async () => {
    const { promoter, looks, look } = promoterOf()
    promoter.start()
    await look()
    let told = false
    const asked = promoter.look().then(() => (told = true))
    await quiescence()
    expect([looks.count, told]).to.deep.equal([2, false])
    await look({ paused: ['mail'] })
    await asked
    expect(timers.waits).to.deep.equal([40])
    await promoter.stop()
  })

  it('looks once more for whoever asks while it looks: the look under way may have missed what they mean', async () => {
    const { promoter, looks, look } = promoterOf()
    promoter.start()
    let told = 0
    const asked = [promoter.look(), promoter.look()].map((one) => one.then(() => (told += 1)))
    await look()
    expect([looks.count, told]).to.deep.equal([2, 0])
    await look()
    await Promise.all(asked)
    expect(looks.count).to.equal(2)
    await promoter.stop()
  })

  it('tells whoever asks for a look that it has failed, too, or will not be', async () => {
    const { promoter, looks, look } = promoterOf()
    await promoter.look()
    promoter.start()
    await look()
    const failing = promoter.look()
    ;(await looks.next()).fail(new Error('gone'))
    await failing
    const late = promoter.look()
    const { fail } = await looks.next()
    const later = promoter.look()
    const stopped = promoter.stop()
    fail(new Error('gone'))
    await Promise.all([late, later, stopped])
    expect(looks.count).to.equal(3)
  })

  it('stops at once while it sleeps, and leaves no timer', async () => {
    const { promoter, looks, look } = promoterOf()
    promoter.start()
    await look()
    await promoter.stop()
    expect(timers.waits).to.deep.equal([])
    expect(looks.count).to.equal(1)
  })

  it('stops when the look that is under way has been answered', async () => {
    const { promoter, looks, revocations, promoted } = promoterOf()
    promoter.start()
    const { answer } = await looks.next()
    let stopped = false
    const stop = promoter.stop().then(() => (stopped = true))
    await quiescence()
    expect(stopped).to.equal(false)
    answer({ ...nothing, moved: 1 })
    const asked = await revocations.next()
    asked.answer()
    await stop
    expect([looks.count, promoted()]).to.deep.equal([1, 1])
  })

  it('may be stopped before it was started', () => promoterOf().promoter.stop())
})
