import type { LamportClock } from '../lamport-clock.ts'
import type { Json } from '../wire-value.ts'
import type { WorkerEvents } from './worker-events.ts'

/** What a command may look at. */
export interface ControlledNode {
  /** The node's name. */
  readonly node: string
  readonly clock: LamportClock
  /** What it tells of its own accord. */
  readonly events: Pick<WorkerEvents, 'enable' | 'disable' | 'beat'>
}

/** Answers one command; undefined: nothing is to be replied. What it throws becomes the reply, as `{ error }`. */
export type ControlCommand = (given: Readonly<Record<string, unknown>>, of: ControlledNode) => Json | undefined

/** Every command of remote control that a node knows, under Celery's name (celery.worker.control). */
export const controlCommands: ReadonlyMap<string, ControlCommand> = new Map<string, ControlCommand>([
  ['ping', () => ({ ok: 'pong' })],
  // A node asks it of the others when it starts; its own must stay unanswered.
  [
    'hello',
    (given, { node, clock }) => (given['from_node'] === node ? undefined : { revoked: {}, clock: clock.forward() }),
  ],
  ['enable_events', (_given, { events }) => ({ ok: `task events ${events.enable() ? '' : 'already '}enabled` })],
  ['disable_events', (_given, { events }) => ({ ok: `task events ${events.disable() ? '' : 'already '}disabled` })],
  [
    'heartbeat',
    (_given, { events }) => {
      events.beat()
      return null
    },
  ],
])
