import { expect } from 'chai'
import { countIn } from '../../../../src/engine/histogram.ts'
import type { Outcome, TaskFailure } from '../../../../src/engine/outcome.ts'
import type { Decision } from '../../../../src/engine/worker/retry-policy.ts'
import { runEnds, RunTally, TaskTally, type RunEnd, type TaskCounts } from '../../../../src/engine/worker/run-tally.ts'
import { aMessage } from '../a-message.ts'

const now = 1_800_000_000_000
const error: TaskFailure = { type: 'Oops', message: 'it broke', stack: null }
const success: Outcome = { kind: 'success', result: 5, runtimeMs: 30 }
const failed: Outcome = { kind: 'failure', error, deadLetter: true, runtimeMs: 30 }
const retry: Decision = { kind: 'retry', error, delayMs: 1, retries: 1, crashes: 0 }
const sent = aMessage({ sentAt: now - 100, queuedAt: now - 100 })

function endsOf(counts: TaskCounts): Partial<Record<RunEnd, number>> {
  return Object.fromEntries(Object.entries(counts.ends).filter(([, count]) => count > 0))
}

/** What one run adds. */
function after(decision: Decision, outcome: Outcome | null = success, message = sent): TaskCounts {
  const tally = new TaskTally()
  tally.ran(message, outcome, decision, now)
  return tally.counts
}

/** How many waits, runs and totals were noted, and how long they were together. */
function times({ wait, run, total }: TaskCounts): [number, number][] {
  return [wait, run, total].map((histogram) => [countIn(histogram), histogram.sumMs])
}

describe('the tally of a task', () => {
  const decisions: [decision: Decision, end: RunEnd, dead: number][] = [
    [{ kind: 'succeed' }, 'succeeded', 0],
    [{ kind: 'ignore' }, 'ignored', 0],
    [{ kind: 'revoke' }, 'revoked', 0],
    [{ kind: 'unreadable' }, 'unreadable', 0],
    [{ kind: 'replace', signature: {} as never }, 'replaced', 0],
    [{ kind: 'fail', error, deadLetter: true }, 'failed', 1],
    [{ kind: 'fail', error, deadLetter: false }, 'failed', 0],
    [{ kind: 'reject', error, requeue: false }, 'rejected', 1],
    [{ kind: 'reject', error, requeue: true }, 'requeued', 0],
    [retry, 'retried', 0],
  ]
  for (const [decision, end, dead] of decisions) {
    const kind = 'deadLetter' in decision || 'requeue' in decision ? JSON.stringify(decision) : decision.kind
    it(`counts what is decided: ${kind}`, () => {
      const counts = after(decision)
      expect(endsOf(counts)).to.deep.equal({ [end]: 1 })
      expect(counts.dead).to.equal(dead)
    })
  }

  it('counts nothing where it goes on, here or elsewhere', () => {
    for (const decision of [{ kind: 'leave' }, { kind: 'handBack' }, { kind: 'again', isolated: true }] as const) {
      expect(endsOf(after(decision))).to.deep.equal({})
    }
  })

  it('counts what was not run', () => {
    const tally = new TaskTally()
    tally.refused('revoked')
    tally.refused('expired')
    tally.unreadable()
    expect(endsOf(tally.counts)).to.deep.equal({ revoked: 1, expired: 1, unreadable: 1 })
    expect(times(tally.counts)).to.deep.equal([
      [0, 0],
      [0, 0],
      [0, 0],
    ])
    expect(Object.keys(tally.counts.ends)).to.deep.equal([...runEnds])
  })

  it('notes how long a run waited and took, and how long all of it was', () => {
    expect(times(after({ kind: 'succeed' }))).to.deep.equal([
      [1, 70],
      [1, 30],
      [1, 100],
    ])
  })

  it('notes the end of a task once, with all its retries', () => {
    expect(times(after(retry))[2]).to.deep.equal([0, 0])
    const second = aMessage({ retries: 1, sentAt: now - 5_000, queuedAt: now - 100, eta: now - 100 })
    expect(times(after({ kind: 'fail', error, deadLetter: true }, failed, second))).to.deep.equal([
      [1, 70],
      [1, 30],
      [1, 5_000],
    ])
  })

  it('notes no wait of a message that does not say when it was sent', () => {
    expect(times(after({ kind: 'succeed' }, success, aMessage()))).to.deep.equal([
      [0, 0],
      [1, 30],
      [0, 0],
    ])
  })

  it('notes the wait of one that a rate limit has let pass from when it was due, or sent', () => {
    const waited = (change: object): unknown => times(after({ kind: 'succeed' }, success, aMessage(change)))[0]
    expect(waited({ admitted: true, sentAt: now - 200 })).to.deep.equal([1, 170])
    expect(waited({ admitted: true, sentAt: now - 200, eta: now - 90 })).to.deep.equal([1, 60])
  })

  it('takes a time that lies ahead for now, and one of a year ago for none', () => {
    expect(
      times(after({ kind: 'succeed' }, success, aMessage({ sentAt: now + 50, queuedAt: now + 50 })))[0],
    ).to.deep.equal([1, 0])
    expect(times(after({ kind: 'succeed' }, success, aMessage({ sentAt: 5, queuedAt: 5 })))[0]).to.deep.equal([0, 0])
  })

  it('notes no times of what has not begun', () => {
    const unbegun: Outcome = { kind: 'lost', error, cause: 'terminated', alone: true, begun: false, runtimeMs: 0 }
    for (const outcome of [null, unbegun]) expect(times(after({ kind: 'revoke' }, outcome))[1]).to.deep.equal([0, 0])
  })
})

describe('a tally of runs', () => {
  it('has a tally for each task, and counts what is of none', () => {
    const tally = new RunTally()
    expect(tally.of('one')).to.equal(tally.of('one'))
    tally.of('one').refused('expired')
    tally.of('other')
    tally.setAside('unknown')
    tally.setAside('unreadable')
    tally.setAside('unreadable')
    const { tasks, unknown, unreadable } = tally.snapshot()
    expect([...tasks.keys()]).to.deep.equal(['one', 'other'])
    expect(tasks.get('one')?.ends.expired).to.equal(1)
    expect([unknown, unreadable]).to.deep.equal([1, 2])
  })

  it('gives snapshots that stay as they are', () => {
    const tally = new RunTally()
    tally.of('one').ran(sent, success, { kind: 'succeed' }, now)
    const before = tally.snapshot().tasks.get('one')
    tally.of('one').ran(sent, success, { kind: 'succeed' }, now)
    expect([before?.ends.succeeded, tally.snapshot().tasks.get('one')?.ends.succeeded]).to.deep.equal([1, 2])
    expect(before === undefined ? null : countIn(before.run)).to.equal(1)
  })
})
