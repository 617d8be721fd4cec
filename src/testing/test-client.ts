import type { Sender } from '../engine/broker/broker.ts'
import type { NewChord } from '../engine/canvas/following.ts'
import { Client } from '../engine/client.ts'
import type { ResultReader } from '../engine/results/results.ts'
import type { TaskDefinition } from '../engine/task.ts'

/** Where a client of a test sends, instead of Redis. */
export interface TestClientParts {
  readonly sender: Sender
  readonly results: ResultReader | null
  /** Called with chords whose members are about to be sent. */
  readonly onChords: (chords: readonly NewChord[]) => void
  readonly onRevoked: (taskIds: readonly string[]) => void
  /** The tasks that it knows, by their names. */
  readonly tasks: ReadonlyMap<string, TaskDefinition>
  readonly defaultQueue: string
}

/** Who sends, as Celery writes it. */
export const origin = `${process.pid}@test`

/** The engine's own client: what it sends is what it would send, arguments and options are checked in the same way. */
export function testClient({ sender, results, onChords, onRevoked, tasks, defaultQueue }: TestClientParts): Client {
  return new Client({
    sender,
    results,
    chords: { open: async (chords) => onChords(chords) },
    revocations: {
      revoke: async (taskIds) => onRevoked(taskIds),
      since: async () => ({ revoked: [], terminated: [], newest: 0 }),
    },
    defaultQueue,
    etaIn: 'schedule',
    origin,
    tellNodes: async () => 0,
    maskOf: (name) => tasks.get(name)?.options.mask,
    sent: null,
  })
}
