import type { StoredResult } from '../broker/broker.ts'
import type { TaskMessage } from '../message.ts'
import type { ResultBackend } from '../results/results.ts'
import type { Json } from '../wire-value.ts'
import { freeze, idsFor, linked } from './freeze.ts'
import type { ChordPart, FailedResult, Following } from './following.ts'
import { tupleOf } from './result-node.ts'
import { asMember, SendPlan, type SendContext } from './send-plan.ts'
import { bodyOf, headerOf, kindOf, listed, membersOf, type Embed, type WireSignature } from './wire-signature.ts'

/** The task that has ended. */
export type EndedTask = Pick<TaskMessage, 'id' | 'rootId' | 'groupId' | 'groupIndex'>

/** What is needed to say what follows an end. */
export interface EndContext extends Pick<SendContext, 'now' | 'defaultQueue' | 'origin' | 'maskOf' | 'traceOf'> {
  /** A result as it is to be written. */
  readonly encode: ResultBackend['encode']
}

/** How a task ended that gave no value. */
export interface Failure {
  readonly state: 'FAILURE' | 'REVOKED'
  /** The error as the result backend keeps it. */
  readonly value: Json
  readonly stack: string | null
  /** Whether whoever asked to be told of errors is told: Celery does not for a task that was revoked. */
  readonly tells: boolean
}

/** Where the end of a task counts. */
interface Member {
  readonly id: string
  readonly groupId: string | null
  readonly groupIndex: number | null
}

/** A task that will not run. */
interface Unrun extends Member {
  readonly chord: WireSignature | null
}

/**
 * What follows a task that ended well: its callbacks, the next of its chain, and its part in a chord.
 *
 * @param result its value as JSON
 * @returns with what Celery lists as the task's children
 */
export function afterSuccess(
  task: EndedTask,
  embed: Embed,
  result: Json,
  context: EndContext,
): { following: Following; children: Json[] } {
  const { callbacks, chain, chord } = embed
  const plan = new SendPlan({ ...context, parentId: task.id, rootId: task.rootId })
  const newId = idsFor(task.id)
  const front = { results: false, values: [result] }
  const children = callbacks.map((callback) => plan.add(freeze(callback, newId).signature, front))
  const next = chain.at(-1)
  if (next !== undefined) {
    const around = { chain: chain.slice(0, -1), options: {} }
    children.push(plan.add(freeze(next, newId).signature, front, around))
  }
  const part = JSON.stringify([1, task.id, 'SUCCESS', result])
  const parts = partOf(task, chord, part, task, context)
  return {
    following: { messages: plan.messages, chords: plan.chords, results: [], parts },
    children: children.map(tupleOf),
  }
}

/**
 * What follows a task that gave no value: whoever asked for errors is told, the rest of its chain will not run, and the chords that
 * wait for any of them hear of it.
 */
export function afterFailure(task: EndedTask, embed: Embed, failure: Failure, context: EndContext): Following {
  const { state, value, stack, tells } = failure
  const plan = new SendPlan({ ...context, parentId: task.id, rootId: task.rootId })
  if (tells) tell(embed.errbacks, task.id, plan)
  const results: StoredResult[] = []
  const parts = partOf(task, embed.chord, JSON.stringify([1, task.id, state, value]), task, context)
  for (const unrun of embed.chain.toReversed().flatMap((step) => [...unrunTasks(step)])) {
    results.push(context.encode({ ...unrun, parentId: null }, state, value, stack))
    parts.push(...partOf(unrun, unrun.chord, JSON.stringify([1, unrun.id, state, value]), task, context))
  }
  return { messages: plan.messages, chords: plan.chords, results, parts }
}

/**
 * What is sent where a signature goes on in a task's place: whatever was to come after the task comes after that.
 *
 * @param signature with ids; its last task has that of the task
 */
export function inPlaceOf(
  task: EndedTask,
  embed: Embed | null,
  signature: WireSignature,
  context: EndContext,
): Following {
  const { id: parentId, rootId, groupId, groupIndex } = task
  const { callbacks, errbacks, chain, chord } = embed ?? { callbacks: [], errbacks: [], chain: [], chord: null }
  const whole = linked(signature, callbacks, errbacks)
  const member = groupId === null ? whole : asMember(whole, { groupId, groupIndex, chord })
  const plan = new SendPlan({ ...context, parentId, rootId })
  plan.add(member, { results: false, values: [] }, { chain, options: {} })
  return { messages: plan.messages, chords: plan.chords, results: [], parts: [] }
}

/** Sends who asked to be told of errors, with the id of the task that failed. */
function tell(errbacks: readonly WireSignature[], taskId: string, plan: SendPlan): void {
  const newId = idsFor(`${taskId}:error`)
  for (const errback of errbacks) {
    plan.add(freeze(errback, newId).signature, { results: false, values: [taskId] })
  }
}

/**
 * What the end of a member means for its chord. Every member says the same of it: ids that are missing are made from the group's.
 *
 * @param part the member's end as it is kept; null: it will not run, because of a failed chord
 * @param ended the task in whose name the chord's body is sent
 */
function partOf(
  member: Member,
  chord: WireSignature | null,
  part: string | null,
  ended: EndedTask,
  context: EndContext,
): ChordPart[] {
  const { id, groupId, groupIndex } = member
  if (chord === null || groupId === null) return []
  const body = freeze(chord, idsFor(groupId)).signature
  const done = new SendPlan({ ...context, parentId: ended.id, rootId: ended.rootId })
  if (part !== null) done.add(body, { results: true, values: [] })
  const results: FailedResult[] = []
  const parts: ChordPart[] = []
  for (const unrun of unrunTasks(body)) {
    results.push(failedResult(unrun, context))
    parts.push(...partOf(unrun, unrun.chord, null, ended, context))
  }
  const messages = tellables(body).flatMap((failing) => {
    const taskId = failing.options.task_id as string
    const plan = new SendPlan({ ...context, parentId: taskId, rootId: taskId })
    tell(listed(failing.options.link_error), taskId, plan)
    return plan.messages
  })
  const { messages: bodies, chords } = done
  return [
    {
      groupId,
      index: groupIndex,
      taskId: id,
      part,
      done: { messages: bodies, chords },
      failed: { results, messages, parts },
    },
  ]
}

/** A chord's error is put into this by whoever finds that the chord has failed. */
function failedResult({ id, groupId }: Unrun, { encode }: EndContext): FailedResult {
  const { key, json, ttlSeconds } = encode({ id, groupId, parentId: null }, 'FAILURE', null, null)
  const before = '{"status":"FAILURE","result":'
  return { key, before, after: json.slice(before.length + 'null'.length), ttlSeconds }
}

/**
 * The tasks of a signature that have ids: none of them will run.
 *
 * @param counts whether their chords wait for them; those of a chord's header have one that will not run either
 */
function* unrunTasks(signature: WireSignature, counts = true): Generator<Unrun> {
  const { options } = signature
  switch (kindOf(signature)) {
    case 'task': {
      const id = options.task_id ?? null
      const chord = counts ? (options.chord ?? null) : null
      if (id !== null) yield { id, groupId: options.group_id ?? null, groupIndex: options.group_index ?? null, chord }
      break
    }
    case 'chain':
    case 'group':
      for (const member of membersOf(signature)) yield* unrunTasks(member, counts)
      break
    case 'chord':
      yield* unrunTasks(headerOf(signature), false)
      yield* unrunTasks(bodyOf(signature), counts)
      break
  }
  for (const step of listed(options.chain)) yield* unrunTasks(step, counts)
}

/** The tasks of a signature that would have begun: those asked to tell of errors who are told that it will not. */
function tellables(signature: WireSignature): readonly WireSignature[] {
  switch (kindOf(signature)) {
    case 'task':
      return [signature]
    case 'chain':
      return tellables(membersOf(signature)[0] as WireSignature)
    case 'group':
      return membersOf(signature).flatMap(tellables)
    case 'chord':
      return tellables(bodyOf(signature))
  }
}
