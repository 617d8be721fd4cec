import { expect } from 'chai'
import type { GivenEntries } from '../../../../src/engine/beat/entry.ts'
import { readEntries } from '../../../../src/engine/beat/read-entries.ts'
import { TickMessages } from '../../../../src/engine/beat/tick-messages.ts'
import { EngineError } from '../../../../src/engine/errors.ts'
import { decodeMessage } from '../../../../src/engine/message.ts'
import { shownArguments } from '../../../../src/engine/shown-arguments.ts'
import { defineTask, type TaskDefinition } from '../../../../src/engine/task.ts'

const defaults = { timezone: 'UTC', missed: 'once' } as const
const read = (given: unknown) => readEntries(given as GivenEntries, defaults)
const entry = { task: 'a.b', schedule: 30 }

describe('periodic tasks as they are given', () => {
  it('have what Celery’s have', () => {
    const [first, second] = read({
      one: entry,
      'the other': {
        task: 'c',
        schedule: '0 4 * * *',
        args: [1, { deep: [true] }],
        kwargs: { name: 'x' },
        options: { queue: 'mail', priority: 3, expiresInSeconds: 60, timeLimit: 5, headers: { tenant: 7 } },
        missed: 'all',
      },
    })
    expect(first).to.deep.include({ name: 'one', missed: 'once' })
    expect(first?.call).to.deep.include({ task: 'a.b', args: [], kwargs: {} })
    expect(second).to.deep.include({ name: 'the other', missed: 'all' })
    expect(second?.call).to.deep.include({ args: [1, { deep: [true] }], kwargs: { name: 'x' } })
    expect(second?.call.options).to.deep.include({
      queue: 'mail',
      priority: 3,
      headers: { tenant: 7, periodic_task_name: 'the other' },
    })
    expect(read({})).to.deep.equal([])
  })

  const bad: readonly (readonly [string, unknown, string | RegExp])[] = [
    ['no entries', 5, /^expected entries by their names, came 5$/],
    ['no entry', { a: 5 }, 'beat entry "a": expected { task, schedule }, came 5'],
    ['an empty name', { '': entry }, 'beat entry "": expected a name of 1 to 200 characters, came ""'],
    [
      'another key',
      { a: { ...entry, crontab: 1 } },
      'expected one of task, schedule, args, kwargs, options, missed, came "crontab"',
    ],
    ['no task', { a: { schedule: 5 } }, "expected task: a task's name, came undefined"],
    ['an empty task', { a: { ...entry, task: '' } }, "signature: expected a task's name"],
    ['no schedule', { a: { task: 'b' } }, 'beat entry "a": schedule: expected seconds, a line of five fields'],
    ['a bad schedule', { a: { ...entry, schedule: '0 25 * * *' } }, 'beat entry "a": hour: expected'],
    ['args', { a: { ...entry, args: 'x' } }, 'expected args: a list, came "x"'],
    ['an argument', { a: { ...entry, args: [1, () => 1] } }, 'a.b: argument 2: expected a JSON value'],
    ['kwargs', { a: { ...entry, kwargs: [] } }, 'expected kwargs: arguments by their names, came []'],
    ['options', { a: { ...entry, options: null } }, 'expected options: an object, came null'],
    ['another option', { a: { ...entry, options: { eta: 1 } } }, 'expected options: one of queue, countdown'],
    [
      'a bad option',
      { a: { ...entry, options: { priority: 10 } } },
      'priority: expected a whole number from 0 to 9, came 10',
    ],
    ['a queue that is none', { a: { ...entry, options: { queue: 'lovage:nodes' } } }, "expected a queue's name"],
    [
      'headers',
      { a: { ...entry, options: { headers: 5 } } },
      'expected options.headers: values by their names, came 5',
    ],
    [
      'a header of its own',
      { a: { ...entry, options: { headers: { id: 'x' } } } },
      'expected options.headers: none that a message has by itself, came "id"',
    ],
    [
      'a header that can not travel',
      { a: { ...entry, options: { headers: { x: 1n } } } },
      'header x: expected a JSON value',
    ],
    ['a policy', { a: { ...entry, missed: 'some' } }, 'expected missed: one of skip, once, all, came "some"'],
  ]
  for (const [what, given, message] of bad) {
    it(`are refused for ${what}`, () => expect(() => read(given)).to.throw(EngineError, message))
  }

  it('are refused with a time zone that is none, also where no entry goes by it', () => {
    const nowhere = { ...defaults, timezone: 'Nowhere/City' }
    expect(() => readEntries({ a: entry }, nowhere)).to.throw(
      EngineError,
      /^timezone: expected the name of a time zone, .* came "Nowhere\/City"$/,
    )
  })
})

describe('the message of a tick', () => {
  const tick = Date.parse('2026-01-01T04:00:00Z')
  const masked = defineTask('a.masked', { mask: () => ['***'], ignoreResult: true }, (_context, _secret: string) => 1)
  const tasks = new Map([['a.masked', masked as unknown as TaskDefinition]])
  const messages = new TickMessages({ defaultQueue: 'main', origin: '1@here', seed: 'seed:', tasks })
  const write = (given: object, time = tick, now = tick + 5) => {
    const [read1] = read({ nightly: given })
    if (read1 === undefined) throw new Error('no entry')
    return messages.write(read1, time, now)
  }
  const headersOf = (text: unknown) => (JSON.parse(String(text)) as { headers: Record<string, unknown> }).headers

  it('goes to the queue that is named, else to the default one, with what was given', () => {
    const plain = write(entry)
    expect(plain).to.include({ queue: 'main', priority: 0, taskName: 'a.b' })
    const { queue, priority, text } = write({
      ...entry,
      args: ['x'],
      kwargs: { n: 1 },
      options: { queue: 'q', priority: 6, expiresInSeconds: 60, countdown: 2, headers: { tenant: 'shop' } },
    })
    expect({ queue, priority }).to.deep.equal({ queue: 'q', priority: 6 })
    const message = decodeMessage(Buffer.from(String(text)))
    expect(message).to.deep.include({ name: 'a.b', expires: tick + 60_005, eta: tick + 2_005 })
    const body = Buffer.from(message.body, 'base64').toString()
    expect(JSON.parse(body)).to.deep.include.members([['x'], { n: 1 }])
    expect(headersOf(text)).to.include({
      tenant: 'shop',
      periodic_task_name: 'nightly',
      periodic_task_tick: '2026-01-01T04:00:00.000000+00:00',
    })
  })

  it('has an id of its tick, whoever writes it and when', () => {
    const { taskId } = write(entry)
    expect(write(entry, tick, tick + 9_000).taskId).to.equal(taskId)
    expect(write(entry, tick + 1).taskId).not.to.equal(taskId)
    expect(taskId).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('heeds what this process knows of the task', () => {
    const { text } = write({ task: 'a.masked', schedule: 5, args: ['hidden'] })
    expect(decodeMessage(Buffer.from(String(text))).ignoreResult).to.equal(true)
    expect(shownArguments(Buffer.from(String(text))).args).to.equal("('***',)")
  })
})
