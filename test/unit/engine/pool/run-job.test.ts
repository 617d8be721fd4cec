import { expect } from 'chai'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { PermanentError, Retry, SoftTimeLimitExceeded, TransientError } from '../../../../src/engine/errors.ts'
import type { Job, LogLine } from '../../../../src/engine/pool/pool.ts'
import { Signature } from '../../../../src/engine/canvas/signature.ts'
import { chainOf, membersOf } from '../../../../src/engine/canvas/wire-signature.ts'
import { runJob } from '../../../../src/engine/pool/run-job.ts'
import { SoloPool } from '../../../../src/engine/pool/solo-pool.ts'
import type { TaskContext, TaskDefinition, TaskOptions } from '../../../../src/engine/task.ts'

type Handler = (context: TaskContext, ...args: never[]) => unknown

const job: Job = {
  key: 7,
  id: 'an-id',
  name: 'proj.task',
  retries: 2,
  body: '[[],{},null]',
  bodyEncoding: null,
  expectedMs: null,
  softTimeLimit: null,
  timeLimit: null,
  isolated: false,
}

function surroundings(handler: Handler, options: TaskOptions<never[]> = {}, said: unknown[] = []) {
  const task = { kind: 'lovage.task', name: 'proj.task', options, handler } as unknown as TaskDefinition
  return {
    tasks: new Map([['proj.task', task]]),
    settings: { c: 3 },
    maxResultBytes: 100,
    onState: (...state: unknown[]) => void said.push(state),
    onLog: (line: LogLine) => void said.push(line),
    tracer: null,
  }
}

const run = (handler: Handler, change: Partial<Job> = {}, options: TaskOptions<never[]> = {}) =>
  runJob(surroundings(handler, options), { ...job, ...change })

const pair: Handler = (context, ...[a, b]: never[]) => [a, b, context.settings['c']]
const two: Handler = (_context, _a: never, _b: never) => 2

describe('one run of a task', () => {
  it('gives the handler its arguments, and what it may know of itself', async () => {
    expect(await run(pair, { body: '[[1,2],{},null]' })).to.deep.include({ kind: 'success', result: [1, 2, 3] })
    const outcome = await run(({ id, name, retries, signal }) => [id, name, retries, signal.aborted].join(' '))
    expect(outcome).to.include({ kind: 'success', result: 'an-id proj.task 2 false' })
    expect(outcome.runtimeMs).to.be.at.least(0)
  })

  const results: [what: string, value: unknown, result: unknown][] = [
    ['nothing', undefined, null],
    ['a promise', Promise.resolve(1), 1],
    ['a Date', new Date(0), { __type__: 'datetime', __value__: '1970-01-01T00:00:00.000000+00:00' }],
    ['text of the greatest size', 'x'.repeat(98), 'x'.repeat(98)],
    ['a figure', 1.5, 1.5],
  ]
  for (const [what, value, result] of results) {
    it(`gives what the handler returned: ${what}`, async () => {
      expect(await run(() => value)).to.deep.include({ kind: 'success', result })
    })
  }

  const failures: [string, Handler, Partial<Job>, string][] = [
    ['an argument is missing', two, { body: '[[1],{},null]' }, 'proj.task() takes 2 arguments, came 1'],
    ['one came by name', two, { body: '[[1],{"b":2}]' }, 'proj.task() takes its arguments by place, came by name: b'],
    ['this thread does not know it', two, { name: 'other' }, 'no task named other is loaded in this thread'],
    ['its result can not travel', () => Symbol('no JSON'), {}, 'proj.task: its result: expected a JSON value'],
    ['its result is too large', () => 'é'.repeat(50), {}, 'a result of at most 100 bytes of JSON, came 102'],
    ['it throws', () => Promise.reject(new RangeError('far')), {}, 'far'],
  ]
  for (const [name, handler, change, message] of failures) {
    it(`fails where ${name}`, async () => {
      const outcome = await run(handler, change)
      expect(outcome).to.include({ kind: 'failure', deadLetter: true })
      expect(outcome).to.have.nested.property('error.message').that.includes(message)
    })
  }

  it('may return what is too large where no result is kept', async () => {
    const outcome = await run(() => 'x'.repeat(1_000), {}, { ignoreResult: true })
    expect(outcome).to.have.property('kind', 'success')
  })

  it('is unreadable where its body is', async () => {
    expect(await run(two, { body: '{' })).to.include({ kind: 'unreadable' })
  })

  it("goes by the task's own rules for errors", async () => {
    const far: Handler = () => {
      throw new RangeError('far')
    }
    expect(await run(far, {}, { retryFor: [RangeError] })).to.have.property('kind', 'transient')
    expect(await run(() => Promise.reject(new Retry({ countdown: 2 })))).to.include({
      kind: 'retry',
      countdownMs: 2_000,
    })
  })

  const tries: [what: string, times: number, error: () => Error, outcome: string, tried: number][] = [
    ['a TransientError is tried again', 2, () => new TransientError('blink'), 'transient', 3],
    ['it is not where no tries are left', 0, () => new TransientError('blink'), 'transient', 1],
    ['nothing else is', 2, () => new RangeError('far'), 'failure', 1],
    ['nor is a PermanentError', 2, () => new PermanentError('T', 'no'), 'failure', 1],
    ['nor a Retry', 2, () => new Retry(), 'retry', 1],
  ]
  for (const [what, times, error, kind, tried] of tries) {
    it(`in place: ${what}`, async () => {
      let count = 0
      const handler: Handler = () => {
        count += 1
        throw error()
      }
      expect(await run(handler, {}, { retryInPlace: { times, waitMs: 0 } })).to.have.property('kind', kind)
      expect(count).to.equal(tried)
    })
  }

  it('in place: not what is never retried', async () => {
    let count = 0
    const handler: Handler = () => {
      count += 1
      throw new TransientError('blink')
    }
    const options = { retryInPlace: { times: 2, waitMs: 0 }, dontRetryFor: [TransientError] }
    expect(await run(handler, {}, options)).to.have.property('kind', 'failure')
    expect(count).to.equal(1)
  })

  it('in place: a later try may go well', async () => {
    let count = 0
    const handler: Handler = () => {
      count += 1
      if (count < 3) throw new TransientError('blink')
      return count
    }
    expect(await run(handler, {}, { retryInPlace: { times: 2, waitMs: 0 } })).to.include({ kind: 'success', result: 3 })
  })
})

describe('the soft limit of a run', () => {
  const limit = { softTimeLimit: 0.01 }
  const softLimit = { kind: 'transient', retryAfterMs: null }

  it('aborts the signal with SoftTimeLimitExceeded', async () => {
    let reason: unknown
    const outcome = await run(async ({ signal }) => {
      await once(signal, 'abort')
      reason = signal.reason
      signal.throwIfAborted()
    }, limit)
    expect(reason)
      .to.be.instanceOf(SoftTimeLimitExceeded)
      .with.property('message', 'the soft time limit of 0.01 s is over')
    expect(outcome).to.include(softLimit).and.not.have.property('leftRunning')
    expect(outcome).to.have.nested.property('error.type', 'SoftTimeLimitExceeded')
  })

  for (const retryInPlace of [
    { times: 0, waitMs: 0 },
    { times: 1, waitMs: 0 },
  ]) {
    it(`counts as such where what the handler awaits says so in its own words, with ${retryInPlace.times} tries`, async () => {
      const outcome = await run(({ signal }) => delay(60_000, null, { signal }), limit, { retryInPlace })
      expect(outcome).to.include(softLimit).and.not.have.property('leftRunning')
      expect(outcome).to.have.nested.property('error.type', 'SoftTimeLimitExceeded')
    })
  }

  it('leaves other errors of a handler that ends soon after as they are', async () => {
    const outcome = await run(
      ({ signal }) => once(signal, 'abort').then(() => Promise.reject(new RangeError('far'))),
      limit,
    )
    expect(outcome).to.have.nested.property('error.type', 'RangeError')
  })

  it('lets a handler that ends soon after say what became of it', async () => {
    const outcome = await run(({ signal }) => once(signal, 'abort').then(() => 'tidied up'), limit)
    expect(outcome).to.include({ kind: 'success', result: 'tidied up' })
  })

  it('ends the run of a handler that goes on, and says that it does', async () => {
    let ended = (): void => {}
    const going = new Promise<void>((resolve) => (ended = resolve))
    const outcome = await run(() => going, limit)
    ended()
    expect(outcome).to.include({ ...softLimit, leftRunning: true })
    expect(outcome).to.have.nested.property('error.type', 'SoftTimeLimitExceeded')
  })

  it('ends the waits between tries in place', async () => {
    const handler: Handler = () => Promise.reject(new TransientError('blink'))
    const outcome = await run(handler, limit, { retryInPlace: { times: 5, waitMs: 60_000 } })
    expect(outcome).to.include(softLimit).and.not.have.property('leftRunning')
    expect(outcome).to.have.nested.property('error.type', 'SoftTimeLimitExceeded')
  })

  it('does nothing to a run that is over', async () => {
    let signal: AbortSignal | undefined
    await run((context) => void (signal = context.signal), { softTimeLimit: 0.001 })
    // There is no event to wait for: its timer would have come by now.
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(signal?.aborted).to.equal(false)
  })
})

describe('what a task logs', () => {
  it('goes out with its id and name, as console.log shows it, and cut', async () => {
    const logged: LogLine[] = []
    const handler: Handler = ({ log }) => {
      log('step %d of %s', 1, 'three', { a: [1] })
      log('x'.repeat(600))
      log()
    }
    const before = Date.now()
    await runJob(surroundings(handler, {}, logged), job)
    const [first, second, third] = logged
    expect(first).to.deep.include({ id: 'an-id', name: 'proj.task', text: 'step 1 of three { a: [ 1 ] }' })
    expect(first?.at).to.be.within(before, Date.now())
    expect(second?.text).to.equal(`${'x'.repeat(497)}...`)
    expect(third?.text).to.equal('')
  })
})

describe('the state that a task tells', () => {
  const tell = (...state: [string, unknown?]) => {
    const said: unknown[] = []
    const outcome = runJob(
      surroundings((context) => context.updateState(...state), {}, said),
      job,
    )
    return outcome.then(({ kind }) => ({ kind, said }))
  }

  it('goes out with the key of its run, as JSON', async () => {
    expect(await tell('PROGRESS', { at: new Date(0) })).to.deep.equal({
      kind: 'success',
      said: [[7, 'PROGRESS', { at: { __type__: 'datetime', __value__: '1970-01-01T00:00:00.000000+00:00' } }]],
    })
    expect(await tell('A_1')).to.deep.equal({ kind: 'success', said: [[7, 'A_1', null]] })
  })

  it('is refused where it is larger than a result may be', async () => {
    expect(await tell('PROGRESS', 'x'.repeat(98))).to.have.property('kind', 'success')
    expect(await tell('PROGRESS', 'x'.repeat(99))).to.deep.equal({ kind: 'failure', said: [] })
  })

  for (const state of [
    '',
    'progress',
    '1A',
    'A-B',
    'A'.repeat(65),
    'PENDING',
    'STARTED',
    'RETRY',
    'SUCCESS',
    'REVOKED',
  ]) {
    it(`is refused: "${state}"`, async () => expect(await tell(state)).to.deep.equal({ kind: 'failure', said: [] }))
  }

  it('is refused where its meta can not travel', async () => {
    expect(await tell('PROGRESS', () => 1)).to.deep.equal({ kind: 'failure', said: [] })
  })
})

describe('one run of a task that something follows', () => {
  const next = { task: 'next', args: [], kwargs: {}, options: {}, subtask_type: null, immutable: false }
  const follows = { callbacks: [], errbacks: [], chain: [next], chord: null }
  const body = JSON.stringify([[], {}, { callbacks: null, errbacks: null, chain: [next], chord: null }])

  it('says so, however it went', async () => {
    expect(await run(() => 1, { body })).to.deep.include({ kind: 'success', result: 1, follows })
    expect(await run(() => Promise.reject(new RangeError('far')), { body })).to.deep.include({
      kind: 'failure',
      follows,
    })
    expect(await run(() => 1)).not.to.have.property('follows')
  })

  it('is not begun where that can not be read', async () => {
    let begun = false
    const outcome = await run(() => (begun = true), { body: '[[],{},{"chain":[5]}]' })
    expect(outcome).to.deep.include({ kind: 'unreadable' })
    expect(outcome).to.have.property('reason').that.includes('chain[0]: expected a signature')
    expect(begun).to.equal(false)
  })

  it('is ended by what takes its place, whose end has its id', async () => {
    const outcome = await run((context) => context.replace(new Signature(chainOf([next, next]))))
    if (outcome.kind !== 'replaced') return expect.fail(`it is ${outcome.kind}`)
    const [first, last] = membersOf(outcome.signature)
    expect(last?.options.task_id).to.equal('an-id')
    expect(first?.options.task_id).to.match(/^[0-9a-f-]{36}$/)
  })
})

describe('the solo pool', () => {
  it('runs one task at once, here', async () => {
    const pool = new SoloPool(surroundings(() => process.pid))
    expect(pool).to.include({ kind: 'solo', concurrency: 1 })
    expect(await pool.run(job)).to.include({ kind: 'success', result: process.pid })
  })
})
