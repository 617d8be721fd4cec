import { GroupResult, visibleArguments, type TaskRecord, type WaitingMessage } from '../../engine/index.ts'
import type { DeadRow, TaskDetail, TaskLink, TaskRun } from '../task-wire-types.ts'
import { deadRow } from './dead-page.ts'
import type { TaskSources } from './task-sources.ts'

/** Most tasks that a task has sent, that are told of. */
const mostChildren = 200

/** States of records after which no message is left, but for one that somebody has sent once more. */
const ended: ReadonlySet<string> = new Set(['SUCCESS', 'IGNORED', 'REPLACED', 'REVOKED'])

/** States of records whose message may have been set aside. */
const mayBeDead: ReadonlySet<string> = new Set(['FAILURE', 'REJECTED'])

type InHand = TaskSources['worker']['inHand'][number]

/** What was found of a task. */
interface Found {
  readonly id: string
  readonly record: TaskRecord | null
  readonly inHand: InHand | null
  readonly waiting: WaitingMessage | null
  readonly dead: DeadRow | null
}

/**
 * All that is known of a task: its record; else what its message says, which this process holds, or which waits, or is set aside.
 *
 * @returns null: nothing is known
 * @throws what the broker's client throws
 */
export async function taskDetail(id: string, sources: TaskSources): Promise<TaskDetail | null> {
  const record = (await sources.records?.read(id)) ?? null
  const inHand = sources.worker.inHand.find(({ work }) => work.message.id === id) ?? null
  const state = record?.runs.at(-1)?.state ?? null
  const isOver = state !== null && ended.has(state)
  const waiting = inHand !== null || isOver ? null : await sources.search.find(id, await queuesOf(record, sources))
  const mayBeAside = inHand === null && waiting === null && (state === null || mayBeDead.has(state))
  const letter = mayBeAside ? await sources.deadLetters.letter(id) : null
  const dead = letter === null ? null : deadRow(letter)
  if (record === null && inHand === null && waiting === null && dead === null) return null
  return detailOf({ id, record, inHand, waiting, dead }, sources)
}

async function queuesOf(record: TaskRecord | null, sources: TaskSources): Promise<string[]> {
  const paused = await sources.queuePause.list()
  const own = record?.runs.map(({ queue }) => queue) ?? []
  return [...new Set([...own, ...sources.queues.names, ...paused.map(({ name }) => name)])]
}

async function detailOf(found: Found, sources: TaskSources): Promise<TaskDetail> {
  const { id, record, inHand, waiting, dead } = found
  const { records } = sources
  const message = inHand?.work.message ?? waiting?.message ?? null
  const newest = record?.runs.at(-1)
  const parentId = record?.facts.parentId ?? message?.parentId ?? null
  const rootId = record?.facts.rootId ?? (message === null || message.rootId === id ? null : message.rootId)
  const [log, childIds] = await Promise.all([records?.log(id), childrenOf(id, sources)])
  const heads = (await records?.heads([parentId, rootId, ...childIds].filter((each) => each !== null))) ?? new Map()
  const link = (other: string): TaskLink => ({ id: other, name: null, state: null, ...heads.get(other) })
  const state = stateOf(found)
  const place = inHand !== null ? 'worker' : (waiting?.place ?? (dead === null ? null : 'dead'))
  return {
    id,
    name: record?.name ?? message?.name ?? dead?.taskName ?? '',
    queue: waiting?.queue ?? inHand?.work.claim.queue ?? newest?.queue ?? dead?.queue ?? '',
    state,
    place,
    ...argumentsOf(found, sources),
    sentAt: record?.facts.sentAt ?? message?.sentAt ?? null,
    dueAt: waiting?.dueAt ?? (state === 'RETRY' ? (newest?.retryAt ?? null) : null),
    expiresAt: record?.facts.expiresAt ?? message?.expires ?? null,
    retries: message?.retries ?? newest?.retries ?? dead?.retries ?? 0,
    progress: newest?.progress ?? null,
    runs: (record?.runs ?? []).map(runOf),
    runsDropped: record?.runsDropped ?? 0,
    log: log ?? { lines: [], dropped: 0 },
    parent: parentId === null ? null : link(parentId),
    root: rootId === null ? null : link(rootId),
    children: childIds.map(link),
    dead,
    can: {
      retry: dead !== null && dead.bytes !== null,
      revoke: !ended.has(state) && dead === null && state !== 'FAILURE' && state !== 'REJECTED',
      terminate: place === 'worker' ? inHand?.begun === true : state === 'STARTED',
    },
  }
}

/** What its message says now is newer than its record. */
function stateOf({ record, inHand, waiting }: Found): TaskDetail['state'] {
  const kept = record?.runs.at(-1)?.state
  if (inHand !== null) return inHand.begun ? 'STARTED' : 'RECEIVED'
  if (waiting === null) return kept ?? 'FAILURE'
  if (waiting.place === 'queue') return 'PENDING'
  return waiting.place === 'schedule' && waiting.message.retries > 0 ? 'RETRY' : 'SCHEDULED'
}

function argumentsOf({ record, inHand, waiting }: Found, { catalogue }: TaskSources): { args: string; kwargs: string } {
  if (record !== null) return { args: record.facts.args, kwargs: record.facts.kwargs }
  const raw = inHand?.work.claim.raw ?? waiting?.raw
  const message = inHand?.work.message ?? waiting?.message
  if (raw === undefined || message === undefined) return { args: '', kwargs: '' }
  const { args, kwargs } = visibleArguments(raw, message, catalogue.tasks.get(message.name))
  return { args, kwargs }
}

/** What there are records of, and what its result says: of what goes on in other processes that keep none, that alone is known. */
async function childrenOf(id: string, { records, client }: TaskSources): Promise<string[]> {
  const recorded = (await records?.children(id)) ?? []
  return [...new Set([...recorded, ...(await childrenInResult(id, client))])].slice(0, mostChildren)
}

async function childrenInResult(id: string, client: TaskSources['client']): Promise<string[]> {
  try {
    const children = await client.asyncResult(id).children()
    return children.flatMap((child) => (child instanceof GroupResult ? child.results.map((one) => one.id) : [child.id]))
  } catch {
    // A result that can't be read tells of none.
    return []
  }
}

function runOf({ queue: _queue, progress: _progress, ...run }: TaskRecord['runs'][number]): TaskRun {
  return run
}
