import { expect } from 'chai'
import { encodeMessage } from '../../../../src/engine/encode-message.ts'
import { decodeMessage } from '../../../../src/engine/message.ts'
import type { TaskDefinition, TaskOptions } from '../../../../src/engine/task.ts'
import { readRecord, type TaskRecord } from '../../../../src/engine/task-record.ts'
import { fractionIn, RunRecord } from '../../../../src/engine/worker/run-record.ts'

const call = { name: 'proj.add', args: [2, 3], id: 'an-id', queue: 'celery', origin: '1@host', sentAt: 5_000 }

function recordOf(options: TaskOptions<never[]> = {}, change: object = {}): RunRecord {
  const raw = Buffer.from(encodeMessage({ ...call, ...change }))
  const task: TaskDefinition = { kind: 'lovage.task', name: 'proj.add', options, handler: () => 1 }
  const claim = { id: 7, queue: 'mail', raw }
  return new RunRecord({ claim, message: decodeMessage(raw), task, receivedAt: 6_000.4 })
}

/** As it is read, where it is the only run of its task. */
function read(record: RunRecord): TaskRecord {
  const { id, name, run } = record.change('tag', 'n1')
  if (run === null) throw new Error('no run')
  expect(run.key).to.equal('tag-7')
  const lines = [`1\t${run.state}\t${name}\t0\t`, run.facts, `${run.receivedAt}-${run.key}\t${run.state}\t${run.json}`]
  const found = readRecord(id, lines.join('\n'))
  if (found === null) throw new Error('it can not be read')
  return found
}

describe('the record of a run', () => {
  it('says what it was given, and how it ended', () => {
    const record = recordOf()
    record.started(6_001, () => 3)
    record.ended({ state: 'SUCCESS', runtimeMs: 12.34567, value: [5, 'x'] }, 6_020)
    const { facts, runs, ...rest } = read(record)
    expect(rest).to.deep.equal({ id: 'an-id', name: 'proj.add', runsDropped: 0 })
    expect(facts).to.deep.equal({
      args: '(2, 3)',
      kwargs: '{}',
      masked: false,
      sentAt: 5_000,
      expiresAt: null,
      rootId: null,
      parentId: null,
    })
    expect(runs).to.deep.equal([
      {
        state: 'SUCCESS',
        receivedAt: 6_000,
        queue: 'mail',
        node: 'n1',
        retries: 0,
        startedAt: 6_001,
        endedAt: 6_020,
        runtimeMs: 12.346,
        thread: 3,
        error: null,
        result: "[5, 'x']",
        retryAt: null,
        progress: null,
      },
    ])
  })

  it('remembers its thread, which is not known any more at its end', () => {
    const threads = [4, null]
    const record = recordOf()
    record.started(1, () => threads.shift() ?? null)
    read(record)
    record.ended({ state: 'SUCCESS', runtimeMs: 1, value: 1 }, 2)
    expect(read(record).runs[0]).to.include({ thread: 4 })
  })

  it('shows arguments as the mask does, and no result or state of such a task', () => {
    const record = recordOf({ mask: () => ['138****5678', '****'] })
    record.started(1, () => null)
    record.said('PROGRESS', { current: 1, total: 4, secret: 'secret' }, 2)
    expect(read(record).facts).to.include({ args: "('138****5678', '****')", masked: true })
    expect(read(record).runs[0]?.progress).to.deep.equal({ state: 'PROGRESS', fraction: 0.25, meta: null, at: 2 })
    record.ended({ state: 'SUCCESS', runtimeMs: 1, value: 'secret' }, 2)
    expect(read(record).runs[0]).to.include({ result: '...', progress: null })
  })

  it('shortens what may be long: the stack of a run that is followed by another most', () => {
    const long = 'x'.repeat(20_000)
    const record = recordOf()
    record.said('LONG', { text: long }, 1)
    expect(read(record).runs[0]?.progress?.meta?.length).to.equal(1_024)
    for (const [state, stack] of [
      ['FAILURE', 8_192],
      ['RETRY', 1_024],
    ] as const) {
      record.ended({ state, runtimeMs: 1, error: { type: long, message: long, stack: long }, retryAt: 9 }, 2)
      const [run] = read(record).runs
      expect([run?.error?.type.length, run?.error?.message.length, run?.error?.stack?.length]).to.deep.equal([
        200,
        1_024,
        stack,
      ])
      expect(run?.retryAt).to.equal(9)
    }
    record.ended({ state: 'SUCCESS', runtimeMs: null, value: long }, 2)
    expect(read(record).runs[0]?.result?.length).to.equal(256)
    expect(read(record).runs[0]?.runtimeMs).to.equal(null)
  })

  it('is as before it began where its message goes back', () => {
    const record = recordOf()
    expect(record.isWritten).to.equal(false)
    record.started(1, () => 1)
    record.said('PROGRESS', 1, 2)
    expect(read(record).runs[0]?.state).to.equal('STARTED')
    expect(record.isWritten).to.equal(true)
    record.handedBack()
    expect(read(record).runs[0]).to.include({ state: 'RECEIVED', progress: null })
  })

  for (const [meta, fraction] of [
    [{ current: 1, total: 4 }, 0.25],
    [{ current: 5, total: 4 }, 1],
    [{ current: -1, total: 4 }, 0],
    [{ percent: 50 }, 0.5],
    [{ current: 1, total: 0 }, null],
    [{ current: '1', total: 4 }, null],
    [{ done: 1 }, null],
    [[1], null],
    [null, null],
    [5, null],
  ] as const) {
    it(`reads how far a task is: ${JSON.stringify(meta)}`, () => {
      expect(fractionIn(meta as never)).to.equal(fraction)
    })
  }
})
