import type { Outcome } from '../outcome.ts'
import type { Json } from '../wire-value.ts'

/** How many cells a thread has, and so how many short tasks may be on it. */
export const cellCount = 256

/** A cell: state, kind and length (32 bit each), 4 bytes unused, the run time (64-bit float), then the result's JSON. */
const cellBytes = 256
const headBytes = 24
const maxResultBytes = cellBytes - headBytes
const words = cellBytes / Int32Array.BYTES_PER_ELEMENT
const doubles = cellBytes / Float64Array.BYTES_PER_ELEMENT
const [kindWord, lengthWord, runtimeDouble] = [1, 2, 2]

/**
 * What may be in a cell's state.
 *
 *     free ──offer──▶ waiting ──begin──▶ running ──finish──▶ done ────release──▶ free
 *                        │                  └─────post─────▶ posted ──release──▶ free
 *                        └──takeBack──▶ taken ──begin──▶ free
 */
export const cellState = { free: 0, waiting: 1, running: 2, done: 3, posted: 4, taken: 5 } as const

/** The outcomes that fit into a cell, if they are small. */
const kinds = { success: 0, ignore: 1 } as const

/**
 * Memory that the main thread and one worker thread share: a cell for each short task that is on the thread.
 *
 * 1. Main thread: offer. The task is on its way.
 * 2. Worker thread: begin. The task runs, unless the main thread took it back before.
 * 3. Worker thread: finish, with the outcome; where that does not fit it goes over a message port first, then post.
 * 4. Main thread: read and release, at any time: also while the worker thread spins in a later task.
 *
 * Only the step from `waiting` is contended, so only there it is compare-and-exchange.
 */
export class BatchCells {
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #doubles: Float64Array
  readonly #bytes: Buffer

  /** @param buffer the other side's; a new one by default */
  constructor(buffer = new SharedArrayBuffer(cellCount * cellBytes)) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer)
    this.#doubles = new Float64Array(buffer)
    this.#bytes = Buffer.from(buffer)
  }

  state(cell: number): number {
    return Atomics.load(this.#words, cell * words)
  }

  offer(cell: number): void {
    Atomics.store(this.#words, cell * words, cellState.waiting)
  }

  /** Whether the task has not begun; then it never will, from this cell. */
  takeBack(cell: number): boolean {
    return this.#move(cell, cellState.waiting, cellState.taken)
  }

  release(cell: number): void {
    Atomics.store(this.#words, cell * words, cellState.free)
  }

  /** Whether the task may run now. The cell of one that was taken back is free then: the thread is through with it. */
  begin(cell: number): boolean {
    if (this.#move(cell, cellState.waiting, cellState.running)) return true
    this.release(cell)
    return false
  }

  /** Writes the outcome of a task that has run. `false`: it does not fit. */
  finish(cell: number, outcome: Outcome): boolean {
    if ((outcome.kind !== 'success' && outcome.kind !== 'ignore') || outcome.follows !== undefined) return false
    const length = outcome.kind === 'success' && outcome.result !== null ? this.#write(cell, outcome.result) : 0
    if (length === null) return false
    this.#words[cell * words + kindWord] = kinds[outcome.kind]
    this.#words[cell * words + lengthWord] = length
    this.#doubles[cell * doubles + runtimeDouble] = outcome.runtimeMs
    Atomics.store(this.#words, cell * words, cellState.done)
    return true
  }

  /** The outcome was sent on the other way. */
  post(cell: number): void {
    Atomics.store(this.#words, cell * words, cellState.posted)
  }

  /** The outcome in a cell that is done. */
  read(cell: number): Outcome {
    const runtimeMs = this.#doubles[cell * doubles + runtimeDouble] ?? 0
    if (this.#words[cell * words + kindWord] === kinds.ignore) return { kind: 'ignore', runtimeMs }
    const length = this.#words[cell * words + lengthWord] ?? 0
    if (length === 0) return { kind: 'success', result: null, runtimeMs }
    const start = cell * cellBytes + headBytes
    const result = JSON.parse(this.#bytes.toString('utf8', start, start + length)) as Json
    return { kind: 'success', result, runtimeMs }
  }

  /** How many bytes it took; null where there are too many. */
  #write(cell: number, result: Json): number | null {
    const text = JSON.stringify(result)
    if (text.length > maxResultBytes || Buffer.byteLength(text) > maxResultBytes) return null
    return this.#bytes.write(text, cell * cellBytes + headBytes, 'utf8')
  }

  #move(cell: number, from: number, to: number): boolean {
    return Atomics.compareExchange(this.#words, cell * words, from, to) === from
  }
}
