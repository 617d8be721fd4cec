import { InvalidArgumentError } from 'commander'
import type { Json } from '../engine/wire-value.ts'
import type { Examples } from './examples.ts'

/** A word behind a command, or the last ones. */
export interface RemoteArgument {
  /** What the request calls it. */
  readonly name: string
  /** As help shows it: `<must>`, `[may]`, `<several...>`. */
  readonly shown: string
  /** Turns one word into what is sent; default: the word itself. Throws InvalidArgumentError. */
  readonly read?: (word: string) => Json
}

/** A command of remote control. */
export interface RemoteCommand {
  /** As Celery calls it. */
  readonly name: string
  readonly does: string
  readonly takes?: readonly RemoteArgument[]
  /** Nobody replies to it. */
  readonly unanswered?: boolean
  /** Command lines, each with what it does. */
  readonly examples?: Examples
}

/** The commands that look at nodes (celery.worker.control, `inspect_command`). */
export const inspectCommands: readonly RemoteCommand[] = [
  { name: 'ping', does: 'whether the nodes are there' },
  { name: 'active', does: 'the tasks that run' },
  { name: 'reserved', does: 'the tasks that were taken from a queue and have not started' },
  { name: 'scheduled', does: 'the tasks that are due later' },
  { name: 'revoked', does: 'the ids of tasks that are not to run' },
  {
    name: 'registered',
    does: 'the tasks that the nodes know',
    takes: [{ name: 'taskinfoitems', shown: '[attribute...]' }],
    examples: [['lovage inspect registered max_retries time_limit', 'with these of their options']],
  },
  {
    name: 'query_task',
    does: 'what is known of tasks that a node holds',
    takes: [{ name: 'ids', shown: '<id...>' }],
    examples: [['lovage inspect query_task 2f1c...', 'whether a node holds it, and how far it is']],
  },
  { name: 'stats', does: 'figures of the process, the pool and the broker' },
  { name: 'active_queues', does: 'the queues that tasks are taken from' },
  {
    name: 'conf',
    does: "the settings, under Celery's names",
    takes: [{ name: 'with_defaults', shown: '[with_defaults]', read: flag }],
    examples: [['lovage inspect conf true', 'all of them']],
  },
  { name: 'report', does: 'what a report of a fault should say' },
  { name: 'clock', does: 'the logical clock' },
  { name: 'memsample', does: 'the memory of the process' },
]

const ids: RemoteArgument = { name: 'task_id', shown: '<id...>' }
const taskName: RemoteArgument = { name: 'task_name', shown: '<task_name>' }
const howMany: RemoteArgument = { name: 'n', shown: '[n]', read: count }

/** The commands that change nodes (celery.worker.control, `control_command`). */
export const controlCommands: readonly RemoteCommand[] = [
  {
    name: 'revoke',
    does: 'tasks that have not started do not run',
    takes: [ids],
    examples: [['lovage control revoke 2f1c... 7a0b...', 'these two']],
  },
  {
    name: 'terminate',
    does: 'the same, and ends them where they run',
    takes: [{ name: 'signal', shown: '<signal>' }, ids],
    examples: [['lovage control terminate KILL 2f1c...', 'a Lovage node ends the thread, whatever the signal']],
  },
  {
    name: 'rate_limit',
    does: 'limits how often a task starts: 10/s, 10/m, 10/h; 0 ends the limit',
    takes: [taskName, { name: 'rate_limit', shown: '<rate_limit>' }],
    examples: [['lovage control rate_limit mail.send 10/m', 'ten in a minute']],
  },
  {
    name: 'time_limit',
    does: 'other time limits of a task, in seconds',
    takes: [
      taskName,
      { name: 'soft', shown: '<soft>', read: seconds },
      { name: 'hard', shown: '[hard]', read: seconds },
    ],
    examples: [['lovage control time_limit mail.send 20 30', 'told after 20 s, ended after 30 s']],
  },
  {
    name: 'pool_grow',
    does: 'so many more tasks run at once; default 1',
    takes: [howMany],
    examples: [['lovage control pool_grow 4 -d host-1', 'four more, on one node']],
  },
  {
    name: 'pool_shrink',
    does: 'so many fewer tasks run at once; default 1',
    takes: [howMany],
    examples: [['lovage control pool_shrink 4 -d host-1', 'four fewer, on one node']],
  },
  { name: 'pool_restart', does: 'new threads take the place of all there are' },
  {
    name: 'autoscale',
    does: 'other bounds of a pool that scales by itself',
    takes: [
      { name: 'max', shown: '[max]', read: count },
      { name: 'min', shown: '[min]', read: count },
    ],
    examples: [['lovage control autoscale 10 2', 'two to ten tasks at once']],
  },
  {
    name: 'add_consumer',
    does: 'tasks are taken from one more queue',
    takes: [
      { name: 'queue', shown: '<queue>' },
      { name: 'exchange', shown: '[exchange]' },
      { name: 'exchange_type', shown: '[type]' },
      { name: 'routing_key', shown: '[routing_key]' },
    ],
    examples: [['lovage control add_consumer mail -d host-1', 'by one node alone']],
  },
  {
    name: 'cancel_consumer',
    does: 'tasks are taken from a queue no more',
    examples: [['lovage control cancel_consumer mail', 'by all nodes']],
    takes: [{ name: 'queue', shown: '<queue>' }],
  },
  { name: 'enable_events', does: 'events of tasks are sent' },
  { name: 'disable_events', does: 'events of tasks are sent no more' },
  { name: 'heartbeat', does: 'a heartbeat is sent now' },
  { name: 'shutdown', does: 'the nodes end, as at a SIGTERM', unanswered: true },
]

function flag(word: string): boolean {
  // As Python's strtobool, which Celery reads it with.
  if (/^(?:y|yes|t|true|on|1)$/i.test(word)) return true
  if (/^(?:n|no|f|false|off|0)$/i.test(word)) return false
  throw new InvalidArgumentError('expected true or false.')
}

function count(word: string): number {
  if (!/^\d{1,9}$/.test(word)) throw new InvalidArgumentError('expected a whole number.')
  return Number(word)
}

/** Seconds above 0, of a time limit or a wait. */
export function seconds(word: string): number {
  const value = Number(word)
  if (!/^\d{1,9}(?:\.\d{1,3})?$/.test(word) || value === 0) {
    throw new InvalidArgumentError('expected seconds above 0, for example 1 or 0.5.')
  }
  return value
}
