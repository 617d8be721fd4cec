import { isRecord } from '../message.ts'
import { maskedRepr } from '../python-repr.ts'
import type { TraceHeaders } from '../trace-headers.ts'
import type { SentTask } from '../tracer.ts'
import { fromWire, type Json } from '../wire-value.ts'
import { writeCanvasMessage } from './canvas-message.ts'
import { freeze, idsFor, sendingOptions } from './freeze.ts'
import type { CanvasMessage, NewChord, Sending } from './following.ts'
import { tupleOf, type ResultNode } from './result-node.ts'
import {
  bodyOf,
  chainOf,
  chordOf,
  headerOf,
  kindOf,
  listed,
  membersOf,
  timeOf,
  withOptions,
  type WireOptions,
  type WireSignature,
} from './wire-signature.ts'

/** Arguments as a task's own code takes them; gives those that tools may show. */
export type Mask = (...args: never[]) => readonly unknown[]

/** Who sends, and in whose name. */
export interface SendContext {
  /** The task that has ended; null: nobody's. */
  readonly parentId: string | null
  /** The first task of all; null: each that is sent is one. */
  readonly rootId: string | null
  /** Unix milliseconds. */
  readonly now: number
  /** For signatures that name no queue. */
  readonly defaultQueue: string
  /** Who sends, as Celery writes it: `<pid>@<node>`. */
  readonly origin: string
  /** How a task's arguments are shown; undefined: as they are. */
  readonly maskOf: (name: string) => Mask | undefined
  /** What each message says of its trace; absent: nothing. */
  readonly traceOf?: (task: SentTask) => TraceHeaders | undefined
}

/** What is put in front of a signature's own arguments. */
export interface Front {
  /** Whether a list of results comes first, which nobody has yet. */
  readonly results: boolean
  readonly values: readonly Json[]
}

const nothing: Front = { results: false, values: [] }

/** What belongs to the call that a signature is part of, and goes down to its first or its last task. */
interface Around {
  /** What comes after it, reversed. */
  readonly chain: readonly WireSignature[]
  /** How it is sent; wins over its own. */
  readonly options: WireOptions
}

const alone: Around = { chain: [], options: {} }

/** Where the end of a signature counts. */
export interface Membership {
  readonly groupId: string
  readonly groupIndex: number | null
  readonly chord: WireSignature | null
}

/** The same signature as a member: whichever task in it comes last has to say so when it ends. */
export function asMember(signature: WireSignature, membership: Membership): WireSignature {
  const { groupId, groupIndex, chord } = membership
  switch (kindOf(signature)) {
    case 'task':
      return withOptions(signature, { group_id: groupId, group_index: groupIndex, chord })
    case 'chain': {
      const steps = membersOf(signature)
      const tasks = steps.map((step, index) => (index === steps.length - 1 ? asMember(step, membership) : step))
      return { ...signature, kwargs: { ...signature.kwargs, tasks } }
    }
    case 'group': {
      const tasks = membersOf(signature).map((member) => asMember(member, membership))
      return { ...signature, kwargs: { ...signature.kwargs, tasks } }
    }
    case 'chord': {
      const body = asMember(bodyOf(signature), membership)
      return { ...signature, kwargs: { ...signature.kwargs, body } }
    }
  }
}

/** Whether the end of a signature counts in a chord. */
function counts(signature: WireSignature): boolean {
  switch (kindOf(signature)) {
    case 'task':
      return (signature.options.chord ?? null) !== null
    case 'chain':
      return counts(membersOf(signature).at(-1) as WireSignature)
    case 'group':
      return membersOf(signature).some(counts)
    case 'chord':
      return counts(bodyOf(signature))
  }
}

/** How many ends a member of a chord has. */
function endsOf(signature: WireSignature): number {
  switch (kindOf(signature)) {
    case 'task':
      return 1
    case 'chain':
      return endsOf(membersOf(signature).at(-1) as WireSignature)
    case 'group':
      return membersOf(signature).reduce((sum, member) => sum + endsOf(member), 0)
    case 'chord':
      return endsOf(bodyOf(signature))
  }
}

/** Puts together what is sent for signatures that are frozen: messages, and chords to open before. */
export class SendPlan implements Sending {
  readonly messages: CanvasMessage[] = []
  readonly chords: NewChord[] = []
  readonly #context: SendContext

  constructor(context: SendContext) {
    this.#context = context
  }

  /** @returns what is sent at once, as Celery lists it among a task's children */
  add(signature: WireSignature, front: Front = nothing, around: Around = alone): ResultNode {
    switch (kindOf(signature)) {
      case 'task':
        return this.#task(signature, front, around)
      case 'chain':
        return this.#chain(signature, front, around)
      case 'group':
        return this.#group(signature, front, around)
      case 'chord':
        return this.#chord(signature, front, around)
    }
  }

  #chain(signature: WireSignature, front: Front, { chain, options }: Around): ResultNode {
    const [first, ...rest] = membersOf(signature)
    return this.add(first as WireSignature, frontOf(signature, front), {
      chain: [...chain, ...listed(signature.options.chain), ...rest.toReversed()],
      options: { ...sendingOptions(signature.options), ...options },
    })
  }

  #group(signature: WireSignature, front: Front, around: Around): ResultNode {
    const after = [...around.chain, ...listed(signature.options.chain)]
    const options = { ...sendingOptions(signature.options), ...around.options }
    const groupId = signature.options.task_id as string
    if (after.length > 0) {
      // Whatever comes after a group waits for all of it.
      const chord = chordOf(signature, chainOf(after.toReversed()))
      return this.add(freeze(chord, idsFor(groupId)).signature, front, { chain: [], options: around.options })
    }
    const given = frontOf(signature, front)
    const members = membersOf(signature).map((member, groupIndex) => {
      const own = counts(member) ? member : asMember(member, { groupId, groupIndex, chord: null })
      return this.add(own, given, { chain: [], options })
    })
    return { id: groupId, parent: null, members }
  }

  #chord(signature: WireSignature, front: Front, around: Around): ResultNode {
    const header = headerOf(signature)
    const groupId = header.options.task_id as string
    const after = [...around.chain, ...listed(signature.options.chain)]
    const options = { ...sendingOptions(signature.options), ...around.options }
    const body = withOptions(bodyOf(signature), {
      ...options,
      ...(after.length > 0 && { chain: [...after, ...listed(bodyOf(signature).options.chain)] }),
    })
    const members = membersOf(header)
    if (members.length === 0) return this.add(body, { results: false, values: [[]] })
    const given = frontOf(signature, front)
    const headerOptions = { ...sendingOptions(header.options), ...options }
    const sent = members.map((member, groupIndex) =>
      this.add(asMember(member, { groupId, groupIndex, chord: body }), given, { chain: [], options: headerOptions }),
    )
    const results = members.map((member) => freeze(member, idsFor(groupId)).result)
    const isSimple = results.every((result) => result.members === null)
    const tree = { result: tupleOf({ id: groupId, parent: null, members: results }) }
    const size = members.reduce((sum, member) => sum + endsOf(member), 0)
    this.chords.push({ groupId, size, tree: isSimple ? null : JSON.stringify(tree) })
    return { id: groupId, parent: null, members: sent }
  }

  #task(signature: WireSignature, front: Front, around: Around): ResultNode {
    const { parentId, rootId, now, defaultQueue, origin, traceOf } = this.#context
    const options: WireOptions = { ...signature.options, ...around.options }
    const id = options.task_id as string
    const { results: takesResults, values: args } = frontOf(signature, front)
    const queue = options.queue ?? options.routing_key ?? defaultQueue
    const priority = Math.min(Math.max(Math.trunc(options.priority ?? 0), 0), 9)
    const countdown = options.countdown ?? null
    const text = writeCanvasMessage({
      name: signature.task,
      id,
      queue,
      takesResults,
      args,
      kwargs: signature.kwargs,
      embed: {
        callbacks: listed(options.link),
        errbacks: listed(options.link_error),
        chain: [...around.chain, ...listed(signature.options.chain)],
        chord: options.chord ?? null,
      },
      argsRepr: this.#shown(signature.task, args, takesResults) ?? options.argsrepr ?? null,
      kwargsRepr: options.kwargsrepr ?? null,
      origin,
      ignoreResult: options.ignore_result === true,
      headers: isRecord(options['headers']) ? options['headers'] : {},
      rootId: rootId ?? options.root_id ?? id,
      parentId: parentId ?? options.parent_id ?? null,
      groupId: options.group_id ?? null,
      groupIndex: options.group_index ?? null,
      eta: countdown === null ? timeOf(options.eta, now, 'eta') : now + countdown * 1000,
      expires: timeOf(options.expires, now, 'expires'),
      timeLimit: options.time_limit ?? null,
      softTimeLimit: options.soft_time_limit ?? null,
      priority,
      sentAt: now,
      trace: traceOf?.({ id, name: signature.task, queue }),
    })
    this.messages.push({ queue, priority, taskId: id, taskName: signature.task, text })
    return { id, parent: null, members: null }
  }

  /** null: nobody here knows how. */
  #shown(name: string, args: readonly Json[], takesResults: boolean): string | null {
    const mask = this.#context.maskOf(name)
    return mask === undefined || takesResults ? null : maskedRepr(mask, () => args.map(fromWire))
  }
}

/** Its own arguments, behind those that it is given; one that takes nothing keeps to its own. */
function frontOf({ args, immutable }: WireSignature, front: Front): Front {
  if (immutable === true) return { results: false, values: args }
  return { results: front.results, values: [...front.values, ...args] }
}
