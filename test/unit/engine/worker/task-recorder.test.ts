import { expect } from 'chai'
import type { RecordChange } from '../../../../src/engine/broker/record-store.ts'
import { TaskRecorder, type Running } from '../../../../src/engine/worker/task-recorder.ts'
import { HandTimers, quiescence } from '../hand-timers.ts'
import { engineLog } from '../engine-log.ts'
import { Questions } from '../questions.ts'
import { inHand, known } from './controlled-node.ts'

const ok = { state: 'SUCCESS', runtimeMs: 1, value: 1 } as const
const error = { type: 'Oops', message: 'it broke', stack: null }
const bad = { state: 'FAILURE', runtimeMs: 1, error } as const

describe('the recorder of tasks', () => {
  const timers = new HandTimers()
  beforeEach(() => timers.install({ clock: true }))
  afterEach(() => timers.uninstall())

  function recorderOf(perSecond = 2) {
    const writes = new Questions<[changes: readonly RecordChange[], passed: number], void>()
    const clock = { now: 10_000 }
    const running: Running[] = []
    const recorder = new TaskRecorder({
      store: { write: writes.ask },
      broker: { now: () => clock.now },
      perSecond,
      logger: engineLog(),
    })
    recorder.start('n1', () => running)
    let number = 0
    const work = (id: string): Running => {
      const { work: made } = inHand(known('proj.add'), false, { id })
      number += 1
      const pool = { ...made.known.pool, threadOf: () => 1 }
      const claim = { ...made.claim, id: number }
      return { ...made, claim, known: { ...made.known, pool }, begunAt: clock.now, record: null }
    }
    /** What is written next: each change in short, and how many were not recorded. */
    const written = async (fail = false): Promise<unknown[]> => {
      const { args, answer, fail: refuse } = await writes.next()
      if (fail) refuse(new Error('away'))
      else answer()
      await quiescence()
      const [changes, passed] = args
      return [...changes.map(({ id, run, lines }) => [id, run?.state ?? null, lines.map(({ text }) => text)]), passed]
    }
    return { recorder, writes, clock, running, work, written }
  }

  it('writes after a while what has become known, of each run the newest', async () => {
    const { recorder, writes, work, written } = recorderOf()
    const [one, two] = [work('one'), work('two')]
    recorder.begun(one)
    expect(timers.waits).to.deep.equal([200])
    recorder.begun(two)
    recorder.ended(one, ok)
    timers.pass(199)
    expect(writes.count).to.equal(0)
    timers.pass(1)
    expect(await written()).to.deep.equal([['one', 'SUCCESS', []], ['two', 'STARTED', []], 0])
    recorder.ended(two, bad)
    timers.pass(200)
    expect(await written()).to.deep.equal([['two', 'FAILURE', []], 0])
  })

  it('has no timer where nothing happens', async () => {
    const { recorder, work, written } = recorderOf()
    recorder.begun(work('one'))
    timers.pass(200)
    await written()
    // Until what may be recorded in a second is whole again.
    for (let count = 0; count < 10; count += 1) {
      timers.pass(200)
      await quiescence()
    }
    expect(timers.waits).to.deep.equal([])
  })

  it('counts those that are too many, and records them all the same where they go wrong or take long', async () => {
    const { recorder, work, written } = recorderOf()
    const works = ['1', '2', '3', '4', '5', '6'].map(work)
    for (const each of works) recorder.begun(each)
    const [first, , third, fourth, fifth, sixth] = works as [Running, Running, Running, Running, Running, Running]
    expect(recorder.wants(first, 'SUCCESS', 1)).to.equal(true)
    expect(recorder.wants(third, 'SUCCESS', 999)).to.equal(false)
    expect(recorder.wants(third, 'IGNORED', 999)).to.equal(false)
    expect(recorder.wants(third, 'SUCCESS', 1_000)).to.equal(true)
    recorder.ended(third, { ...ok, runtimeMs: 1_000 })
    expect(recorder.wants(fourth, 'RETRY', 1)).to.equal(true)
    recorder.ended(fourth, bad)
    expect(recorder.wants(fifth, 'FAILURE', 1), 'they are bounded, too').to.equal(false)
    expect(recorder.wants(sixth, 'SUCCESS', 1)).to.equal(false)
    timers.pass(200)
    const expected = [['1', 'STARTED', []], ['2', 'STARTED', []], ['3', 'SUCCESS', []], ['4', 'FAILURE', []], 2]
    expect(await written()).to.deep.equal(expected)
  })

  it('records again as time goes by', async () => {
    const { recorder, work, written } = recorderOf(5)
    for (const id of ['1', '2', '3', '4', '5', '6']) recorder.begun(work(id))
    timers.pass(200)
    expect((await written()).at(-1)).to.equal(1)
    for (const id of ['7', '8']) recorder.begun(work(id))
    timers.pass(200)
    expect(await written()).to.deep.equal([['7', 'STARTED', []], 1])
  })

  it('records one that runs for long, though there were too many when it began', async () => {
    const { recorder, clock, running, work, written } = recorderOf(1)
    const [, long] = ['1', '2'].map((id) => {
      const each = work(id)
      recorder.begun(each)
      running.push(each)
      return each
    })
    timers.pass(200)
    expect(await written()).to.deep.equal([['1', 'STARTED', []], 1])
    clock.now += 1_000
    for (let count = 0; count < 5; count += 1) {
      timers.pass(200)
      await quiescence()
    }
    expect(await written()).to.deep.equal([['2', 'STARTED', []], -1])
    expect(long?.record).not.to.equal(null)
  })

  it('keeps what could not be written, and counts on', async () => {
    const { recorder, work, written } = recorderOf(1)
    recorder.begun(work('1'))
    recorder.begun(work('2'))
    recorder.logged('1', 'proj.add', { time: 1, text: 'a line' })
    timers.pass(200)
    const lost = [['1', 'STARTED', ['a line']], 1]
    expect(await written(true)).to.deep.equal(lost)
    timers.pass(200)
    expect(await written(true)).to.deep.equal(lost)
    timers.pass(200)
    expect(await written()).to.deep.equal(lost)
    timers.pass(1_000)
    await quiescence()
    expect(timers.waits).to.deep.equal([])
  })

  it('has the lines that could not be written in front of those that came meanwhile', async () => {
    const { recorder, writes, work } = recorderOf()
    recorder.begun(work('one'))
    recorder.logged('one', 'proj.add', { time: 1, text: 'first' })
    recorder.logged('other', 'proj.add', { time: 1, text: 'of another' })
    timers.pass(200)
    const { fail } = await writes.next()
    recorder.logged('one', 'proj.add', { time: 2, text: 'second' })
    fail(new Error('away'))
    await quiescence()
    recorder.logged('one', 'proj.add', { time: 3, text: 'third' })
    timers.pass(200)
    const { args, answer } = await writes.next()
    answer()
    expect(args[0].map(({ id, lines }) => [id, lines.map(({ text }) => text)])).to.deep.equal([
      ['one', ['first', 'second', 'third']],
      ['other', ['of another']],
    ])
    await quiescence()
  })

  it('holds no more lines than it may, whatever could not be written', async () => {
    const { recorder, writes } = recorderOf()
    const log = (text: string): void => recorder.logged('one', 'proj.add', { time: 1, text })
    for (let number = 0; number < 10_000; number += 1) log(`old ${number}`)
    timers.pass(200)
    const { fail } = await writes.next()
    log('new')
    fail(new Error('away'))
    await quiescence()
    log('too much')
    timers.pass(200)
    const { args, answer } = await writes.next()
    answer()
    const texts = args[0].flatMap(({ lines }) => lines.map(({ text }) => text))
    expect([texts.length, texts[0], texts.at(-2), texts.at(-1)]).to.deep.equal([10_000, 'old 1', 'old 9999', 'new'])
    await quiescence()
  })

  it('counts none as not recorded that waits to be written already, at the bound of those that wait', async () => {
    const { recorder, work, written } = recorderOf(20_000)
    const each = work('one')
    const works = Array.from({ length: 10_001 }, (): Running => ({ ...each }))
    for (const one of works) recorder.begun(one)
    const [first] = works as [Running]
    recorder.ended(first, ok)
    timers.pass(200)
    const changes = await written()
    expect([changes.length, changes[0], changes.at(-1)]).to.deep.equal([10_001, ['one', 'SUCCESS', []], 1])
  })

  it('leaves out a record that can not be made, and writes the others', async () => {
    const { recorder, work, written } = recorderOf(9)
    const odd = work('odd')
    const broken = {
      ...odd.known.pool,
      threadOf: () => {
        throw new Error('broken')
      },
    }
    recorder.begun({ ...odd, known: { ...odd.known, pool: broken } })
    recorder.begun(work('one'))
    timers.pass(200)
    expect(await written()).to.deep.equal([['one', 'STARTED', []], 0])
    timers.pass(200)
    expect(timers.waits).to.deep.equal([])
  })

  it('writes one batch at a time', async () => {
    const { recorder, writes, work, written } = recorderOf(9)
    recorder.begun(work('1'))
    timers.pass(200)
    recorder.begun(work('2'))
    timers.pass(200)
    expect(writes.count).to.equal(1)
    expect(await written()).to.deep.equal([['1', 'STARTED', []], 0])
    timers.pass(200)
    expect(await written()).to.deep.equal([['2', 'STARTED', []], 0])
  })

  it('writes what tasks say and log, whether anything else has changed or not', async () => {
    const { recorder, work, written } = recorderOf()
    const one = work('one')
    recorder.begun(one)
    recorder.logged('one', 'proj.add', { time: 1, text: 'first' })
    recorder.logged('one', 'proj.add', { time: 2, text: 'second' })
    recorder.said(one, 'PROGRESS', { current: 1, total: 2 })
    timers.pass(200)
    expect(await written()).to.deep.equal([['one', 'STARTED', ['first', 'second']], 0])
    recorder.logged('one', 'proj.add', { time: 3, text: 'third' })
    recorder.logged('other', 'proj.add', { time: 3, text: 'of another' })
    timers.pass(200)
    expect(await written()).to.deep.equal([['one', null, ['third']], ['other', null, ['of another']], 0])
  })

  it('forgets a run that went back to its queue, or says so where it is written', async () => {
    const { recorder, writes, work, written } = recorderOf(9)
    const [one, two] = [work('one'), work('two')]
    recorder.begun(one)
    timers.pass(200)
    await written()
    recorder.begun(two)
    recorder.handedBack(one)
    recorder.handedBack(two)
    recorder.handedBack(work('none'))
    timers.pass(200)
    expect(await written(), 'one that was counted is counted no more').to.deep.equal([['one', 'RECEIVED', []], -1])
    expect(writes.count).to.equal(2)
  })

  it('writes at the stop what is left, and takes nothing more', async () => {
    const { recorder, writes, work, written } = recorderOf()
    const one = work('one')
    recorder.begun(one)
    const stopped = recorder.stop()
    expect(await written(true)).to.deep.equal([['one', 'STARTED', []], 0])
    await stopped
    recorder.said(one, 'PROGRESS', 1)
    recorder.logged('one', 'proj.add', { time: 1, text: 'late' })
    expect(timers.waits).to.deep.equal([])
    expect(writes.count).to.equal(1)
  })

  it('writes at the stop what could not be written before it', async () => {
    const { recorder, work, written } = recorderOf()
    recorder.begun(work('one'))
    recorder.logged('one', 'proj.add', { time: 1, text: 'a line' })
    timers.pass(200)
    const stopped = recorder.stop()
    const expected = [['one', 'STARTED', ['a line']], 0]
    expect(await written(true)).to.deep.equal(expected)
    expect(await written()).to.deep.equal(expected)
    await stopped
  })

  it('stops when what is being written was answered, and the rest is written', async () => {
    const { recorder, work, written } = recorderOf()
    recorder.begun(work('1'))
    timers.pass(200)
    recorder.begun(work('2'))
    const stopped = recorder.stop()
    expect(await written()).to.deep.equal([['1', 'STARTED', []], 0])
    expect(await written()).to.deep.equal([['2', 'STARTED', []], 0])
    await stopped
  })
})
