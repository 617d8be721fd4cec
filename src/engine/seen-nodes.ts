import type { ReadEvent } from './event-message.ts'

/** Longer texts are cut, in characters: an event may say anything. */
const longestText = 200

/** Over at least so long is measured how many tasks a node starts, in milliseconds: a few of its heartbeats. */
const rateSpanMs = 6_000

/** A node, from its last heartbeat. */
export interface SeenNode {
  readonly name: string
  /** When its last heartbeat came; milliseconds, as all times here. */
  readonly heartbeatAt: number
  readonly offline: boolean
  /** Seconds between two heartbeats. */
  readonly freq: number
  readonly active: number | null
  readonly processed: number | null
  /** Tasks that it has started per second lately; null: nobody knows yet. */
  readonly perSecond: number | null
  readonly loadavg: readonly number[]
  readonly software: string
}

interface Known {
  readonly node: SeenNode
  /** How many it had started, at times; the oldest first. */
  readonly marks: readonly { readonly at: number; readonly processed: number }[]
}

/** What heartbeats tell of nodes, Lovage's and Celery's, within bounds: the one that was heard of the longest ago is forgotten first. */
export class SeenNodes {
  readonly #nodes = new Map<string, Known>()
  readonly #now: () => number
  readonly #most: number

  /** @param now milliseconds @param most how many are remembered */
  constructor(now: () => number = Date.now, most = 1_000) {
    this.#now = now
    this.#most = most
  }

  /** By their names. */
  get nodes(): readonly SeenNode[] {
    const nodes = [...this.#nodes.values()].map(({ node }) => node)
    return nodes.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  }

  /** @param event one of Celery's `worker-` events */
  add(event: ReadEvent): void {
    const name = textOf(event['hostname'])
    const known = this.#nodes.get(name)
    const { node } = known ?? {}
    const at = this.#now()
    const processed = numberOf(event['processed'])
    const marks = processed === null ? (known?.marks ?? []) : marksWith(known?.marks ?? [], { at, processed })
    const { loadavg } = event
    const seen: SeenNode = {
      name,
      heartbeatAt: at,
      offline: event.type === 'worker-offline',
      freq: numberOf(event['freq']) ?? node?.freq ?? 2,
      active: numberOf(event['active']) ?? node?.active ?? null,
      processed: processed ?? node?.processed ?? null,
      perSecond: rateOf(marks),
      loadavg: Array.isArray(loadavg) ? loadavg.slice(0, 3).map((load) => numberOf(load) ?? 0) : (node?.loadavg ?? []),
      software: `${textOf(event['sw_ident'])} ${textOf(event['sw_ver'])}`.trim() || (node?.software ?? ''),
    }
    // Anew at the end.
    this.#nodes.delete(name)
    this.#nodes.set(name, { node: seen, marks })
    const [first] = this.#nodes.keys()
    if (this.#nodes.size > this.#most && first !== undefined) this.#nodes.delete(first)
  }
}

/** One that was started again begins anew. The first one that is kept is the newest that is old enough. */
function marksWith(marks: Known['marks'], mark: Known['marks'][number]): Known['marks'] {
  const last = marks.at(-1)
  if (last !== undefined && last.processed > mark.processed) return [mark]
  const from = marks.findLastIndex(({ at }) => at <= mark.at - rateSpanMs)
  return [...marks.slice(Math.max(from, 0)), mark]
}

function rateOf(marks: Known['marks']): number | null {
  const [first, last] = [marks[0], marks.at(-1)]
  if (first === undefined || last === undefined || last.at === first.at) return null
  return ((last.processed - first.processed) * 1000) / (last.at - first.at)
}

/** '' for what is no text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, longestText) : ''
}

/** null for what is no number. */
export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
