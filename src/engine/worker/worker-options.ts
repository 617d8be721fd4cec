import type { Broker, ChordStore, Membership, RevocationStore, Schedule, Upkeep } from '../broker/broker.ts'
import type { RateStore } from '../broker/rate-store.ts'
import type { LamportClock } from '../lamport-clock.ts'
import type { Logger } from '../logger.ts'
import type { NodeFacts } from '../node-facts.ts'
import type { Pool } from '../pool/pool.ts'
import type { Queues } from '../queues.ts'
import type { ResultBackend } from '../results/results.ts'
import type { TaskDefinition } from '../task.ts'
import type { Tracer } from '../tracer.ts'
import type { AutoscaleOptions } from './autoscaler.ts'
import type { RemoteControl } from './remote-control.ts'
import type { TaskRecorder } from './task-recorder.ts'
import type { WorkerEvents } from './worker-events.ts'

/** What a worker is made of. */
export interface WorkerOptions {
  readonly broker: Broker
  /** The queues to take tasks from; remote control may change them. */
  readonly queues: Queues
  readonly schedule: Schedule
  readonly rates: RateStore
  readonly revocations: RevocationStore
  readonly upkeep: Upkeep
  readonly membership: Membership
  readonly control: RemoteControl
  readonly events: WorkerEvents
  /** Keeps records of tasks; null: there are none. */
  readonly records: TaskRecorder | null
  readonly clock: LamportClock
  /** What remote control tells of this process beside what is known here. */
  readonly facts: NodeFacts
  /** Told by remote control that this process is to end. */
  readonly onShutDown: () => void
  readonly results: ResultBackend
  /** Chords, where the results are. */
  readonly chords: ChordStore
  /** Who sends what comes after a task, as Celery writes it: `<pid>@<node>`. */
  readonly origin: string
  /** Where tasks run, one of each kind; the first one is for tasks that name none. */
  readonly pools: readonly Pool[]
  /** How the first pool scales; null: it does not. */
  readonly autoscale: AutoscaleOptions | null
  readonly tasks: ReadonlyMap<string, TaskDefinition>
  /** What tasks find in `context.settings`. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly limits: WorkerLimits
  /** Whether messages of tasks that are not known here are set aside; else they are left on their queues for others. */
  readonly parkUnknown: boolean
  /** Whether something else in the process is in a hurry for the event loop. */
  readonly inHurry: () => boolean
  /** Told what is run; default: nobody is. */
  readonly tracer?: Tracer | null
  readonly logger: Logger
}

/** Bounds of a worker. */
export interface WorkerLimits {
  /** Length of the lease, in milliseconds. */
  readonly leaseMs: number
  /** How often a task may end its thread before it is set aside. */
  readonly maxCrashes: number
  /** Most bytes of messages that are held at once; the message that crosses this is still taken. */
  readonly maxBytes: number
  /** Most short tasks that are claimed for each task that may run at once; null: as many as fit. */
  readonly maxPerSlot: number | null
  /** Most revoked ids that are remembered. */
  readonly maxRevoked: number
  /** Limits of tasks that have none of their own, in seconds; null: none. */
  readonly timeLimit: number | null
  readonly softTimeLimit: number | null
}
