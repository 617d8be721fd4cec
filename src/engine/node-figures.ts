import type { NodeLease } from './broker/figure-store.ts'
import type { SeenNode } from './seen-nodes.ts'

/** One that is not heard of for so many of its heartbeats is late; how long it stays in the list then, in milliseconds. */
const lateBeats = 3
const offlineAfterMs = 60_000
const forgottenAfterMs = 3_600_000

/** A process on the broker, as far as it tells of itself. */
export interface NodeFigures {
  readonly name: string
  readonly kind: 'lovage' | 'celery' | 'other'
  /** `late`: has not been heard of for longer than it should; `offline`: has said so, or its lease has lapsed. */
  readonly state: 'online' | 'late' | 'offline'
  readonly software: string
  /** How long ago it was heard of, in milliseconds; null: not since somebody looks. */
  readonly heardAgo: number | null
  readonly running: number | null
  readonly processed: number | null
  readonly perSecond: number | null
  readonly load: readonly number[]
}

/**
 * The processes on a broker, by their names: those that have a lease, and those that heartbeats have told of.
 *
 * @param now by the clock of the heartbeats
 */
export function nodeFigures(seen: readonly SeenNode[], leases: readonly NodeLease[], now: number): NodeFigures[] {
  const leased = new Map<string, boolean>()
  for (const { node, alive } of leases) leased.set(node, alive || leased.get(node) === true)
  const heard = new Map(seen.map((node) => [node.name, node]))
  const names = [...new Set([...leased.keys(), ...heard.keys()])].toSorted()
  return names.flatMap((name) => {
    const node = heard.get(name) ?? null
    const heardAgo = node === null ? null : Math.max(now - node.heartbeatAt, 0)
    const lease = leased.get(name) ?? null
    if (lease === null && (heardAgo ?? 0) > forgottenAfterMs) return []
    const software = node?.software ?? ''
    const figures = { name, kind: kindOf(software, lease !== null), state: stateOf(node, heardAgo, lease), software }
    const { active: running = null, processed = null, perSecond = null, loadavg: load = [] } = node ?? {}
    return [{ ...figures, heardAgo, running, processed, perSecond, load }]
  })
}

function kindOf(software: string, hasLease: boolean): NodeFigures['kind'] {
  if (hasLease || software.startsWith('lovage')) return 'lovage'
  return software.startsWith('py-celery') ? 'celery' : 'other'
}

/** @param lease whether its lease holds; null: it has none, as Celery's have */
function stateOf(node: SeenNode | null, heardAgo: number | null, lease: boolean | null): NodeFigures['state'] {
  if (lease === false) return 'offline'
  if (node === null || heardAgo === null) return 'online'
  // Another process may have taken its name since it said so.
  if (node.offline) return lease === true ? 'late' : 'offline'
  if (lease === null && heardAgo > offlineAfterMs) return 'offline'
  return heardAgo > node.freq * 1000 * lateBeats ? 'late' : 'online'
}
