import { setImmediate as nextTurn } from 'node:timers/promises'
import type { MessagePort } from 'node:worker_threads'
import type { Outcome } from '../outcome.ts'
import { batchSize, jobOfBatch, type Batch, type BatchedJob } from './batch.ts'
import { cellCount, type BatchCells } from './batch-cells.ts'

/** After so many milliseconds of work the thread's timers and sockets get a turn. */
const turnMs = 1

/** What it works with. */
export interface BatchRunnerOptions {
  readonly cells: BatchCells
  /** For the outcomes that fit into no cell; in the order of the jobs. */
  readonly outcomes: MessagePort
  readonly runOne: (job: BatchedJob) => Promise<Outcome>
}

/**
 * Runs batches of short jobs in their thread.
 *
 * 1. run: a batch begins when the one before it has ended, so never two jobs run at one time.
 * 2. Of each job in turn the cell tells whether it was taken back; if not it runs, and its outcome goes into the cell.
 * 3. A job that did not end at its soft limit still runs: nothing more begins in this thread.
 */
export class BatchRunner {
  readonly #options: BatchRunnerOptions
  #last: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: BatchRunnerOptions) {
    this.#options = options
  }

  /** Resolves when the thread is through with all jobs of the batch. */
  async run(batch: Batch): Promise<void> {
    this.#last = this.#last.then(() => this.#runAll(batch))
    await this.#last
  }

  async #runAll(batch: Batch): Promise<void> {
    const { cells, outcomes, runOne } = this.#options
    const size = batchSize(batch)
    let turnAt = performance.now() + turnMs
    for (let index = 0; index < size && !this.#closed; index += 1) {
      const cell = (batch.first + index) % cellCount
      if (!cells.begin(cell)) continue
      // One after another is the point.
      // oxlint-disable-next-line no-await-in-loop
      const outcome = await runOne(jobOfBatch(batch, index))
      if (outcome.leftRunning === true) this.#closed = true
      if (!cells.finish(cell, outcome)) {
        // A port, not a window: there is no origin.
        // oxlint-disable-next-line unicorn/require-post-message-target-origin
        outcomes.postMessage(outcome)
        cells.post(cell)
      }
      if (performance.now() < turnAt) continue
      // oxlint-disable-next-line no-await-in-loop
      await nextTurn()
      turnAt = performance.now() + turnMs
    }
  }
}
