import { expect } from 'chai'
import { encodeRetry } from '../../../../src/engine/encode-message.ts'
import { quiescence } from '../hand-timers.ts'
import { claimOf, ended, executorOf, lost, now, success, type Given } from './executor-of.ts'

describe('the run of a task', () => {
  for (const [named, lanes, ran] of [
    [undefined, ['threads', 'async'], 'threads'],
    ['async', ['threads', 'async'], 'async'],
    ['threads', ['async', 'threads'], 'threads'],
    ['async', ['solo'], 'solo'],
  ] as const) {
    it(`is in ${ran} of ${lanes.join(', ')} when its task names ${named ?? 'none'}`, async () => {
      const { execute, runs } = executorOf({ lanes, options: named === undefined ? {} : { pool: named } })
      void execute(claimOf())
      expect((await runs.next()).args[1]).to.equal(ran)
    })
  }

  const message = { timeLimit: 9, softTimeLimit: 8 }
  const own = { timeLimit: 7, softTimeLimit: 6 }
  const general = { timeLimit: 5, softTimeLimit: 4 }
  const aMonth = { timeLimit: 2_592_000, softTimeLimit: 2_592_000 }
  const limits: [what: string, message: object, options: object, limits: Given['limits'], job: object][] = [
    ['those of the message first', message, own, general, message],
    ['then those of the task', {}, own, general, own],
    ['then those of all tasks', {}, {}, general, general],
    [
      'none where none is set',
      {},
      {},
      { timeLimit: null, softTimeLimit: null },
      { timeLimit: null, softTimeLimit: null },
    ],
    ['each by itself', { softTimeLimit: 1 }, { timeLimit: 2 }, general, { timeLimit: 2, softTimeLimit: 1 }],
    ['none that no timer takes', {}, aMonth, general, { timeLimit: null, softTimeLimit: null }],
  ]
  for (const [what, sent, options, all, job] of limits) {
    it(`has its time limits: ${what}`, async () => {
      const { execute, runs } = executorOf({ options, ...(all && { limits: all }) })
      void execute(claimOf(sent))
      expect((await runs.next()).args[0]).to.include(job)
    })
  }

  for (const sharesSlots of [false, true]) {
    const which = sharesSlots ? 'short task' : 'task'
    it(`of a ${which} gives its slot back when it is over, once: the ack is on its way, and need not be answered`, async () => {
      let answered = (): void => {}
      const settling = new Promise<void>((resolve) => (answered = resolve))
      const { execute, runs, slots, settled, frees } = executorOf({ sharesSlots, settling })
      for (const round of [1, 2]) {
        let ended = false
        const done = execute(claimOf()).then(() => (ended = true))
        const { answer } = await runs.next()
        expect(slots.room(0), 'while it runs').to.be.lessThan(1)
        answer(success)
        await quiescence()
        expect([settled.length, slots.room(0), frees()]).to.deep.equal([round, 1, round])
        expect(ended, 'settled before the broker said so').to.equal(round === 2)
        answered()
        await done
        expect([slots.room(0), frees()]).to.deep.equal([1, round])
      }
    })
  }

  it('keeps its slot until its result is stored, where results have a server of their own', async () => {
    let answered = (): void => {}
    const storing = new Promise<void>((resolve) => (answered = resolve))
    const { execute, runs, slots, stored } = executorOf({ sharesBroker: false, storing })
    const done = execute(claimOf())
    ;(await runs.next()).answer(success)
    await quiescence()
    expect([stored, slots.room(0)]).to.deep.equal([[['SUCCESS', 5]], 0])
    answered()
    await done
    expect(slots.room(0)).to.equal(1)
  })

  it('gives its slot back at once, also where results have a server of their own, if nobody wants one', async () => {
    const settling = new Promise<void>(() => {})
    const { execute, runs, slots } = executorOf({ sharesBroker: false, settling, options: { ignoreResult: true } })
    void execute(claimOf())
    ;(await runs.next()).answer(success)
    await quiescence()
    expect(slots.room(0)).to.equal(1)
  })

  it('is run again at once when it shared the end of its thread, by itself from then on', async () => {
    const { execute, runs, settled } = executorOf({ lanes: ['async'] })
    const done = execute(claimOf())
    const isolated: boolean[] = []
    for (const outcome of [lost('bystander', false), lost('crash', false), lost('bystander'), success]) {
      const { args, answer } = await runs.next()
      isolated.push(args[0].isolated)
      answer(outcome)
    }
    await done
    expect(isolated).to.deep.equal([false, false, true, true])
    expect(settled).to.deep.equal([[['SUCCESS', 5], {}]])
  })

  for (const lane of ['async', 'threads'] as const) {
    it(`that has ended a thread before gets one to itself in ${lane}`, async () => {
      const { execute, runs } = executorOf({ lanes: [lane] })
      const raw = Buffer.from(encodeRetry(claimOf().raw, { retries: 0, crashes: 1, eta: now }))
      void execute({ ...claimOf(), raw })
      expect((await runs.next()).args[0].isolated).to.equal(true)
    })
  }

  it('is not run again when it was revoked meanwhile', async () => {
    const { execute, runs, settled, revoked } = executorOf()
    const done = execute(claimOf())
    const { answer } = await runs.next()
    revoked.add('an-id')
    answer(lost('bystander'))
    await done
    expect(settled).to.deep.equal([[ended('terminated'), {}]])
  })

  it('is settled no more when the claims are given up', async () => {
    const { execute, settler, runs, settled } = executorOf()
    const done = execute(claimOf())
    const { answer } = await runs.next()
    await settler.abandon()
    answer(lost('bystander'))
    await done
    expect([runs.count, settled]).to.deep.equal([1, []])
  })

  it('can be ended by the id of its task while it runs, and only then', async () => {
    const { execute, executor, runs, terminated } = executorOf()
    const done = execute(claimOf())
    const { answer } = await runs.next()
    for (const id of ['another', 'an-id']) executor.terminate(id)
    answer(lost('terminated'))
    await done
    executor.terminate('an-id')
    expect(terminated).to.deep.equal([['threads', 7]])
  })

  it('has what it says of itself stored while it runs, and STARTED where that is wanted', async () => {
    const { execute, executor, runs, stored } = executorOf({ options: { trackStarted: true } })
    const done = execute(claimOf())
    const { answer } = await runs.next()
    await quiescence()
    executor.report(7, 'PROGRESS', 1)
    await quiescence()
    answer(success)
    await done
    executor.report(7, 'PROGRESS', 2)
    expect(stored).to.have.nested.property('[0][0]', 'STARTED')
    expect(stored).to.have.nested.property('[0][1].pid', process.pid)
    expect(stored.slice(1)).to.deep.equal([['PROGRESS', 1]])
  })

  it('is set aside where it can not be carried to its end', async () => {
    const { execute, slots, runs, settled } = executorOf()
    const done = execute(claimOf())
    const { fail } = await runs.next()
    fail(new RangeError('a fault of ours'))
    await done
    const reason = 'it could not be carried to its end: a fault of ours'
    expect(settled).to.deep.equal([[null, { aside: { kind: 'dead', reason, taskId: null, taskName: null } }]])
    expect(slots.room(0)).to.equal(1)
  })

  it('has nothing stored where no result is wanted', async () => {
    const { execute, executor, runs, stored, settled } = executorOf({
      options: { trackStarted: true, ignoreResult: true },
    })
    const done = execute(claimOf())
    const { answer } = await runs.next()
    executor.report(7, 'PROGRESS', 1)
    answer(success)
    await done
    expect([stored, settled]).to.deep.equal([[], [[null, {}]]])
  })
})
