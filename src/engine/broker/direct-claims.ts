import type { Reservation } from './broker.ts'
import type { ClaimedBatches } from './claimed-batches.ts'
import type { BrokerKeys } from './keys.ts'
import type { RedisMembership } from './membership.ts'

/** What direct claims are made with. */
export interface DirectClaimsOptions {
  readonly keys: BrokerKeys
  readonly membership: RedisMembership
  readonly batches: ClaimedBatches
  /** Keeps room in the worker of this process; null: there is none at present. */
  readonly reserve: (queue: string, count: number, bytes: number) => Reservation | null
}

/**
 * What the script that sends a group answers: how many messages were taken, the queue's length then, the server's time, where
 * they were claimed the count of revocations, else nothing, and how much of the length is not on their list.
 */
export type GroupReply = [taken: number, length: number, now: Buffer, revocations: Buffer, others: number]

/** A batch that may be made by the step that sends its messages. */
export interface DirectClaim {
  /** KEYS[3] to KEYS[7] of the script, and ARGV[4] to ARGV[7]. */
  readonly keys: readonly string[]
  readonly args: readonly (string | number)[]
  /** Has the worker start what was claimed; passes the reply on. */
  readonly follow: (sent: Promise<GroupReply>) => Promise<GroupReply>
}

/** The script's keys and arguments where nothing is to be claimed. */
export const noClaim = { keys: [], args: ['', '', '', ''] } as const

/**
 * Claims in the step that sends. A worker that waits for work need not be woken by a message of its own process and ask for it:
 * the message is its claim at once, as safe there as on the list.
 */
export class DirectClaims {
  readonly #options: DirectClaimsOptions

  constructor(options: DirectClaimsOptions) {
    this.#options = options
  }

  /** Null: the messages go on their list. */
  open(queue: string, messages: readonly string[]): DirectClaim | null {
    const { keys, membership, batches, reserve } = this.#options
    const bytes = messages.reduce((sum, message) => sum + message.length, 0)
    const reservation = reserve(queue, messages.length, bytes)
    if (reservation === null) return null
    const { node, epoch, leaseMs, mark, member } = membership
    const number = batches.begin()
    const follow = async (sent: Promise<GroupReply>): Promise<GroupReply> => {
      try {
        const reply = await sent
        const [taken, , , revocations] = reply
        if (revocations.length > 0) {
          const raw = messages.slice(0, taken).map((message) => Buffer.from(message))
          reservation.take({ claims: batches.add(number, queue, raw), queue, revocations: Number(String(revocations)) })
        }
        return reply
      } finally {
        batches.end(number)
        reservation.release()
      }
    }
    return {
      keys: [
        keys.claims(node, epoch),
        keys.batch(node, epoch, number),
        keys.node(node, epoch),
        keys.revocations(),
        keys.nodes(),
      ],
      args: [number, leaseMs, mark, member],
      follow,
    }
  }
}
