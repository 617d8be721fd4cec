import { createHash } from 'node:crypto'
import { under, type ResultNode } from './result-node.ts'
import {
  bodyOf,
  chainOf,
  chordOf,
  groupOf,
  headerOf,
  kindOf,
  listed,
  membersOf,
  withOptions,
  type WireOptions,
  type WireSignature,
} from './wire-signature.ts'

/** Gives ids, each once. */
export type NewId = () => string

/** A signature all of whose tasks have ids, and the result that it will have. */
export interface Frozen {
  readonly signature: WireSignature
  readonly result: ResultNode
}

/** Ids that are the same whenever they are made for the same `seed`: what is sent again has the id that it had. */
export function idsFor(seed: string): NewId {
  let count = 0
  return () => {
    count += 1
    const hex = createHash('sha1').update(`${seed}:${count}`).digest('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  }
}

/**
 * Gives every task of a signature its id, before anything is sent (celery.canvas: `freeze`, `prepare_steps`). One that has an id
 * keeps it. Chains in chains become one, groups in groups too, and a group with something after it becomes a chord.
 *
 * @param id for the last task, or the group, where it has none
 */
export function freeze(signature: WireSignature, newId: NewId, id?: string): Frozen {
  switch (kindOf(signature)) {
    case 'task': {
      const taskId = signature.options.task_id ?? id ?? newId()
      const result = { id: taskId, parent: null, members: null }
      return { signature: withOptions(signature, { task_id: taskId }), result }
    }
    case 'chain':
      return freezeChain(signature, newId, id)
    case 'group':
      return freezeGroup(signature, newId, id)
    case 'chord':
      return freezeChord(signature, newId, id)
  }
}

/** A signature with something more after its end, or its failure; each where it belongs in what it is made of. */
export function linked(
  signature: WireSignature,
  callbacks: readonly WireSignature[],
  errbacks: readonly WireSignature[],
): WireSignature {
  if (callbacks.length === 0 && errbacks.length === 0) return signature
  switch (kindOf(signature)) {
    case 'task': {
      const { link, link_error: linkError } = signature.options
      return withOptions(signature, {
        link: withMore(listed(link), callbacks),
        link_error: withMore(listed(linkError), errbacks),
      })
    }
    case 'chain': {
      const steps = membersOf(signature)
      const last = steps.length - 1
      const tasks = steps.map((step, index) => linked(step, index === last ? callbacks : [], errbacks))
      return { ...signature, kwargs: { ...signature.kwargs, tasks } }
    }
    case 'group': {
      // A callback of a group would have to wait for all of it, which is a chord.
      const tasks = membersOf(signature).map((member) => linked(member, [], errbacks))
      return { ...signature, kwargs: { ...signature.kwargs, tasks } }
    }
    case 'chord': {
      const body = linked(bodyOf(signature), callbacks, errbacks)
      return { ...signature, kwargs: { ...signature.kwargs, body } }
    }
  }
}

/** Each once: Celery may note the same for a chain and for its tasks. */
function withMore(known: readonly WireSignature[], more: readonly WireSignature[]): readonly WireSignature[] {
  return [...known, ...more.filter((one) => !isAmong(one, known))]
}

function isAmong(signature: WireSignature, list: readonly WireSignature[]): boolean {
  const text = JSON.stringify(signature)
  return list.some((one) => JSON.stringify(one) === text)
}

/** Options of a signature that say what belongs to it, and not how it is sent. */
const structural = 'task_id link link_error chain chord group_id group_index root_id parent_id reply_to'.split(' ')

/** The options that say how a signature is sent. */
export function sendingOptions(options: WireOptions): WireOptions {
  const kept = Object.entries(options).filter(([name, value]) => !structural.includes(name) && (value ?? null) !== null)
  return Object.fromEntries(kept)
}

function freezeChain(signature: WireSignature, newId: NewId, id?: string): Frozen {
  const { options } = signature
  const steps: WireSignature[] = []
  for (const step of unchained(signature).toReversed()) {
    const next = steps.at(-1)
    if (kindOf(step) === 'group' && next !== undefined) steps[steps.length - 1] = chordOf(step, next)
    else steps.push(step)
  }
  const lastId = id ?? options.task_id ?? undefined
  const frozen = steps.map((step, index) => freeze(step, newId, index === 0 ? lastId : undefined)).toReversed()
  const [first, ...others] = frozen
  if (first === undefined) throw new Error('a chain of nothing was let through')
  const result = others.reduce((before, step) => under(step.result, before), first.result)
  const tasks = frozen.map((step) => step.signature)
  const kept = {
    ...sendingOptions(options),
    ...(options.chain && { chain: options.chain }),
    // Celery looks for these in a chord's body when the chord has failed.
    task_id: result.id,
    link_error: errbacksOfAll(tasks),
  }
  return {
    signature: { ...chainOf(tasks, kept), args: signature.args, immutable: signature.immutable ?? false },
    result,
  }
}

/** Who is to be told of errors of each of these tasks. */
function errbacksOfAll(tasks: readonly WireSignature[]): readonly WireSignature[] {
  const [first = [], ...others] = tasks.map(({ options }) => listed(options.link_error))
  return first.filter((errback) => others.every((list) => isAmong(errback, list)))
}

/** The steps of a chain, those of chains in it among them, with what is linked to it on them. */
function unchained(signature: WireSignature): readonly WireSignature[] {
  const { link, link_error: linkError } = signature.options
  return membersOf(linked(signature, listed(link), listed(linkError))).flatMap((step) => {
    if (kindOf(step) === 'chain') return unchained(step)
    const [only, ...more] = kindOf(step) === 'group' ? ungrouped(step) : []
    return only !== undefined && more.length === 0 ? [only] : [step]
  })
}

function freezeGroup(signature: WireSignature, newId: NewId, id?: string): Frozen {
  const { options } = signature
  const groupId = options.task_id ?? id ?? newId()
  const frozen = ungrouped(signature).map((member) => freeze(member, newId))
  const tasks = frozen.map((member) => member.signature)
  const kept = { ...sendingOptions(options), ...(options.chain && { chain: options.chain }), task_id: groupId }
  const group = { ...groupOf(tasks, kept), args: signature.args, immutable: signature.immutable ?? false }
  return { signature: group, result: { id: groupId, parent: null, members: frozen.map(({ result }) => result) } }
}

/** The members of a group, those of groups in it among them, with what is linked to it on them. */
function ungrouped(signature: WireSignature): readonly WireSignature[] {
  return membersOf(linked(signature, [], listed(signature.options.link_error))).flatMap((member) =>
    kindOf(member) === 'group' ? ungrouped(member) : [member],
  )
}

function freezeChord(signature: WireSignature, newId: NewId, id?: string): Frozen {
  const { options } = signature
  const header = freeze(headerOf(signature), newId)
  const linkedBody = bodyOf(linked(signature, listed(options.link), listed(options.link_error)))
  // Celery notes the header's id as the chord's own.
  const ownId = options.task_id === header.result.id ? undefined : (options.task_id ?? undefined)
  const body = freeze(linkedBody, newId, id ?? ownId)
  const kept = { ...sendingOptions(options), ...(options.chain && { chain: options.chain }) }
  const chord = chordOf(header.signature, body.signature, kept)
  return {
    signature: { ...chord, args: signature.args, immutable: signature.immutable ?? false },
    result: under(body.result, header.result),
  }
}
