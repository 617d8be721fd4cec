import { isRecord } from './message.ts'

/** What is the newest that is known of a task, in Celery's words; REPLACED: a signature has taken its place. */
export const recordStates = [
  'RECEIVED',
  'STARTED',
  'RETRY',
  'SUCCESS',
  'FAILURE',
  'REVOKED',
  'REJECTED',
  'IGNORED',
  'REPLACED',
] as const

/** One of {@link recordStates}. */
export type RecordState = (typeof recordStates)[number]

/** What is the same in all runs of a task. Times are Unix milliseconds of the broker's clock. */
export interface RecordFacts {
  /** As Python prints them, masked as the task's definition says; empty: nobody has written them. */
  readonly args: string
  readonly kwargs: string
  /** Whether the task has a mask. */
  readonly masked: boolean
  readonly sentAt: number | null
  readonly expiresAt: number | null
  /** null: it is itself the root. */
  readonly rootId: string | null
  readonly parentId: string | null
}

/** One run, from its message's being taken from the queue. */
export interface RecordRun {
  readonly state: RecordState
  readonly receivedAt: number
  readonly queue: string
  readonly node: string
  /** Durable retries that came before it. */
  readonly retries: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  /** In its thread, in milliseconds. */
  readonly runtimeMs: number | null
  /** As Node counts threads; null: it has not begun, or that is not known. */
  readonly thread: number | null
  readonly error: RecordError | null
  /** What it returned, as Python prints it, shortened; `...` where it may not be shown. */
  readonly result: string | null
  /** When it is tried again. */
  readonly retryAt: number | null
  /** What it last said of itself; null: nothing, or it has ended. */
  readonly progress: RecordProgress | null
}

/** An error, its texts shortened. */
export interface RecordError {
  readonly type: string
  readonly message: string
  readonly stack: string | null
}

/** What a running task says of itself with `context.updateState`. */
export interface RecordProgress {
  readonly state: string
  /** From 0 to 1; null: it does not say. */
  readonly fraction: number | null
  /** JSON, shortened; null: it may not be shown. */
  readonly meta: string | null
  readonly at: number
}

/** A line of a task's log. */
export interface RecordLine {
  readonly time: number
  readonly text: string
}

/** All that is kept of a task. */
export interface TaskRecord {
  readonly id: string
  readonly name: string
  readonly facts: RecordFacts
  /** At least one, the oldest first. */
  readonly runs: readonly RecordRun[]
  /** How many runs behind the first one are gone. */
  readonly runsDropped: number
}

/** Members that say nothing are left out: there may be a hundred thousand records. */
const silent: Readonly<Record<string, unknown>> = {
  args: '',
  kwargs: '',
  masked: false,
  sentAt: null,
  expiresAt: null,
  rootId: null,
  parentId: null,
  startedAt: null,
  endedAt: null,
  runtimeMs: null,
  thread: null,
  error: null,
  result: null,
  retryAt: null,
  progress: null,
}

/** One line of JSON. */
export function writeFacts(facts: RecordFacts): string {
  return JSON.stringify(facts, sayingSomething)
}

/** One line of JSON; its state and the time when it was received stand in front of it in the record (record-tasks.lua). */
export function writeRun({ state: _state, receivedAt: _receivedAt, ...run }: RecordRun): string {
  return JSON.stringify(run, sayingSomething)
}

function sayingSomething(name: string, value: unknown): unknown {
  return name in silent && silent[name] === value ? undefined : value
}

/**
 * Reads a record as record-tasks.lua keeps it: a line of what Redis goes by, a line of facts, a line for each run.
 *
 * @returns null: it is none
 */
export function readRecord(id: string, stored: string): TaskRecord | null {
  const [head = '', facts = '', ...lines] = stored.split('\n')
  const [, , name, runsDropped] = head.split('\t')
  const runs = lines.map(readRun)
  if (name === undefined || runs.length === 0 || runs.includes(null)) return null
  const read = { ...facts0, ...parsed(facts) } as RecordFacts
  return { id, name, facts: read, runs: runs as RecordRun[], runsDropped: Number(runsDropped) }
}

/** @returns null: it is none */
export function readRun(line: string): RecordRun | null {
  const [key = '', state, json = ''] = splitTwice(line)
  const found = recordStates.find((one) => one === state)
  const run = parsed(json)
  const receivedAt = Number.parseInt(key, 10)
  if (found === undefined || run === null || Number.isNaN(receivedAt)) return null
  return { ...run0, ...run, state: found, receivedAt } as RecordRun
}

const { args, kwargs, masked, sentAt, expiresAt, rootId, parentId, ...ofRuns } = silent
const facts0 = { args, kwargs, masked, sentAt, expiresAt, rootId, parentId }
const run0 = { queue: '', node: '', retries: 0, ...ofRuns }

/** The JSON behind the second tab may hold tabs as `\t` alone. */
function splitTwice(line: string): string[] {
  const [key = '', state = '', ...rest] = line.split('\t')
  return [key, state, rest.join('\t')]
}

function parsed(json: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json)
    return isRecord(value) ? value : null
  } catch {
    return null
  }
}
