import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import type { Outcome } from '../outcome.ts'
import type { Batch } from './batch.ts'
import { BatchCells } from './batch-cells.ts'
import type { ThreadLink } from './pool.ts'

interface Underway {
  readonly through: () => void
  readonly lost: (error: Error) => void
}

/**
 * The way of batches into one thread and back. Ports of its own: through Piscina, which would have nothing to do but pass them on, a
 * batch takes twice as long to get into an idle thread.
 *
 * 1. ends: the thread's ends of the ports go there with its first job.
 * 2. send: a batch goes in; the thread says when it is through with it. Batches end in their order.
 * 3. What became of each job is in `cells`, or comes by `receive`.
 * 4. lose: the thread has ended, and with it every batch that it is not through with.
 */
export class BatchLink {
  /** What became of the jobs. */
  readonly cells = new BatchCells()
  readonly #batches: MessagePort
  readonly #outcomes: MessagePort
  readonly #ends: readonly [batches: MessagePort, outcomes: MessagePort]
  #underway: Underway[] = []

  constructor() {
    const batches = new MessageChannel()
    const outcomes = new MessageChannel()
    this.#batches = batches.port1
    this.#outcomes = outcomes.port1
    this.#ends = [batches.port2, outcomes.port2]
    this.#batches.on('message', () => this.#underway.shift()?.through())
    // Whoever waits for a batch has a thread, which keeps the process.
    this.#batches.unref()
  }

  /** What the thread is given, and of that the ports, which are moved there. */
  ends(): { link: ThreadLink; transfer: MessagePort[] } {
    const [batches, outcomes] = this.#ends
    return { link: { cells: this.cells.buffer, batches, outcomes }, transfer: [batches, outcomes] }
  }

  /** Sends a batch. Resolves when the thread is through with it; rejects with what `lose` is given. */
  send(batch: Batch): Promise<void> {
    return new Promise((through, lost) => {
      this.#underway.push({ through, lost })
      // A port, not a window: there is no origin.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      this.#batches.postMessage(batch)
    })
  }

  /** The next outcome that fitted into no cell. A cell that says so comes after its outcome. */
  receive(): Outcome | null {
    const received = receiveMessageOnPort(this.#outcomes)
    return received === undefined ? null : (received.message as Outcome)
  }

  /** There is no thread. */
  close(): void {
    this.#batches.close()
    this.#outcomes.close()
  }

  /** The thread has ended. Outcomes that it has sent can still be received. */
  lose(error: Error): void {
    const lost = this.#underway
    this.#underway = []
    for (const batch of lost) batch.lost(error)
  }
}
