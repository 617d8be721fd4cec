import { signature } from '../canvas/signature.ts'
import { withOptions, type WireSignature } from '../canvas/wire-signature.ts'
import { EngineError } from '../errors.ts'
import { isRecord } from '../message.ts'
import { checkQueueName } from '../queues.ts'
import { show } from '../task-options.ts'
import { toWire } from '../wire-value.ts'
import type { EntryOptions, GivenEntries } from './entry.ts'
import { readSchedule } from './read-schedule.ts'
import type { Schedule } from './schedule.ts'
import { missedPolicies, type MissedPolicy } from './tick-plan.ts'
import { TimeZone } from './time-zone.ts'

/** A periodic task that can be sent. */
export interface Entry {
  readonly name: string
  readonly schedule: Schedule
  readonly missed: MissedPolicy
  /** What is sent at each tick. */
  readonly call: WireSignature
}

/** What holds for entries that say nothing else. */
export interface EntryDefaults {
  readonly timezone: string
  readonly missed: MissedPolicy
}

const entryKeys = ['task', 'schedule', 'args', 'kwargs', 'options', 'missed']
const optionKeys = ['queue', 'countdown', 'expiresInSeconds', 'priority', 'timeLimit', 'softTimeLimit', 'headers']

/** Headers that Celery, or the engine, gives a meaning (protocol 2, celery.app.amqp). */
const ownHeaders =
  'lang task id shadow eta expires group group_index retries timelimit root_id parent_id argsrepr kwargsrepr origin ignore_result chord reply_to'.split(
    ' ',
  )

/**
 * Reads periodic tasks as they are given.
 *
 * @throws EngineError OPTION_INVALID, ARGUMENT_INVALID, naming the entry, and saying what was expected and what came
 */
export function readEntries(given: GivenEntries, defaults: EntryDefaults): readonly Entry[] {
  if (!isRecord(given)) refuse('entries by their names', given)
  // Also where no entry goes by it.
  const { name: timezone } = new TimeZone(defaults.timezone)
  return Object.entries(given).map(([name, entry]) => {
    try {
      return readEntry(name, entry, { ...defaults, timezone })
    } catch (error) {
      if (!(error instanceof EngineError)) throw error
      throw new EngineError(error.code, `beat entry ${show(name)}: ${error.message}`, { cause: error })
    }
  })
}

function readEntry(name: string, given: unknown, defaults: EntryDefaults): Entry {
  if (!/^[^\p{Cc}]{1,200}$/u.test(name)) refuse('a name of 1 to 200 characters', name)
  if (!isRecord(given)) refuse('{ task, schedule }', given)
  const other = Object.keys(given).find((key) => !entryKeys.includes(key))
  if (other !== undefined) refuse(`one of ${entryKeys.join(', ')}`, other)
  const { task, args = [], kwargs = {}, options = {}, missed = defaults.missed } = given
  if (typeof task !== 'string') refuse("task: a task's name", task)
  if (!Array.isArray(args)) refuse('args: a list', args)
  if (!isRecord(kwargs)) refuse('kwargs: arguments by their names', kwargs)
  const policy = missedPolicies.find((known) => known === missed)
  if (policy === undefined) refuse(`missed: one of ${missedPolicies.join(', ')}`, missed)
  const schedule = readSchedule(given['schedule'], defaults.timezone)
  return { name, schedule, missed: policy, call: callOf(name, { task, args, kwargs, options }) }
}

interface Call {
  readonly task: string
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
  readonly options: unknown
}

function callOf(name: string, { task, args, kwargs, options }: Call): WireSignature {
  if (!isRecord(options)) refuse('options: an object', options)
  const other = Object.keys(options).find((key) => !optionKeys.includes(key))
  if (other !== undefined) refuse(`options: one of ${optionKeys.join(', ')}`, other)
  const { headers = {}, ...sending } = options as EntryOptions
  if (!isRecord(headers)) refuse('options.headers: values by their names', headers)
  const own = Object.keys(headers).find((header) => ownHeaders.includes(header))
  if (own !== undefined) refuse('options.headers: none that a message has by itself', own)
  const { wire } = signature(task, args, kwargs, sending)
  if (sending.queue !== undefined) checkQueueName(sending.queue)
  // Which entry it is of, under the name that django-celery-beat has given it.
  return withOptions(wire, { headers: { ...recordToWire(headers), periodic_task_name: name } })
}

function recordToWire(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, toWire(value, `header ${key}`)]))
}

function refuse(expected: string, came: unknown): never {
  throw new EngineError('OPTION_INVALID', `expected ${expected}, came ${show(came)}`)
}
