import type { SmsFailureClass } from './gateway.ts'

/** What a gateway's breaker does: `open` passes the gateway over, `probing` has let one message through to see. */
export const breakerStates = ['closed', 'open', 'probing'] as const

/** One of {@link breakerStates}. */
export type BreakerState = (typeof breakerStates)[number]

/** Why messages failed; 0 in the memory stands for none. */
const failureClasses = ['transient', 'throttled', 'recipient', 'configuration'] as const satisfies SmsFailureClass[]

/** What is kept of a gateway, each in 8 bytes. */
const cellNames = [
  'attempts',
  'accepted',
  ...failureClasses,
  'uncertain',
  'passedOver',
  'lastError',
  'lastErrorAt',
  'lastAt',
  'breaker',
  'failuresInRow',
  'openings',
  'openUntil',
  'probeSince',
] as const

/** Names one of them. */
export type Cell = (typeof cellNames)[number]

/** A gateway's figures since the process started, of all its threads together. */
export interface GatewayFigures {
  readonly gateway: string
  /** Messages that were handed to it, each try counted. */
  readonly attempts: number
  readonly accepted: number
  readonly failed: Readonly<Record<SmsFailureClass, number>>
  /** Those of the transient ones of which nobody knows what became of them. */
  readonly uncertain: number
  /** Messages that found its breaker open. */
  readonly passedOver: number
  readonly breaker: BreakerState
  /** Class of the last failure; null: there was none. */
  readonly lastError: SmsFailureClass | null
  /** When that was, and when the last answer came, ISO 8601; null: never. */
  readonly lastErrorAt: string | null
  readonly lastAt: string | null
}

/** What of a result is counted. */
export interface Counted {
  readonly class: 'accepted' | SmsFailureClass
  readonly maybeSent?: true
}

/**
 * Figures and breakers of a process's gateways, in memory that all its threads share: threads write with atomic steps, the main thread
 * reads. A thread that dies in the middle leaves at most one count out.
 */
export class HealthBoard {
  /** For a board of another thread. */
  readonly memory: SharedArrayBuffer
  readonly #gateways: readonly string[]
  readonly #rows: readonly HealthRow[]

  /** @param memory of a board that another thread has of the same gateways; default: new, all 0 */
  constructor(gateways: readonly string[], memory: SharedArrayBuffer = memoryFor(gateways)) {
    this.memory = memory
    this.#gateways = gateways
    this.#rows = gateways.map((_name, index) => new HealthRow(memory, index))
  }

  /** Of the gateway at a place of the list. */
  row(index: number): HealthRow {
    const row = this.#rows[index]
    if (row === undefined) throw new RangeError(`expected a place from 0 to ${this.#rows.length - 1}, came ${index}`)
    return row
  }

  /** Of all gateways, in the order in which they are tried. */
  figures(): GatewayFigures[] {
    return this.#gateways.map((gateway, index) => ({ gateway, ...this.row(index).figures }))
  }
}

function memoryFor(gateways: readonly string[]): SharedArrayBuffer {
  return new SharedArrayBuffer(gateways.length * cellNames.length * BigInt64Array.BYTES_PER_ELEMENT)
}

/** One gateway's cells. */
export class HealthRow {
  readonly #cells: BigInt64Array

  constructor(memory: SharedArrayBuffer, index: number) {
    const bytes = cellNames.length * BigInt64Array.BYTES_PER_ELEMENT
    this.#cells = new BigInt64Array(memory, index * bytes, cellNames.length)
  }

  read(cell: Cell): number {
    return Number(Atomics.load(this.#cells, cellNames.indexOf(cell)))
  }

  write(cell: Cell, value: number): void {
    Atomics.store(this.#cells, cellNames.indexOf(cell), BigInt(Math.round(value)))
  }

  /** Adds one. @returns what it is then */
  count(cell: Cell): number {
    return Number(Atomics.add(this.#cells, cellNames.indexOf(cell), 1n)) + 1
  }

  /** Writes a value in the place of another one. `false`: that was not there any more. */
  swap(cell: Cell, from: number, to: number): boolean {
    const expected = BigInt(Math.round(from))
    return Atomics.compareExchange(this.#cells, cellNames.indexOf(cell), expected, BigInt(Math.round(to))) === expected
  }

  /** Counts what became of a message. @param at Unix milliseconds */
  note(result: Counted, at: number): void {
    this.count(result.class)
    this.write('lastAt', at)
    if (result.class === 'accepted') return
    if (result.maybeSent === true) this.count('uncertain')
    this.write('lastErrorAt', at)
    this.write('lastError', failureClasses.indexOf(result.class) + 1)
  }

  get lastError(): SmsFailureClass | null {
    return failureClasses[this.read('lastError') - 1] ?? null
  }

  get breaker(): BreakerState {
    return breakerStates[this.read('breaker')] ?? 'closed'
  }

  get figures(): Omit<GatewayFigures, 'gateway'> {
    const at = (cell: Cell): string | null => (this.read(cell) === 0 ? null : new Date(this.read(cell)).toISOString())
    return {
      attempts: this.read('attempts'),
      accepted: this.read('accepted'),
      failed: {
        transient: this.read('transient'),
        throttled: this.read('throttled'),
        recipient: this.read('recipient'),
        configuration: this.read('configuration'),
      },
      uncertain: this.read('uncertain'),
      passedOver: this.read('passedOver'),
      breaker: this.breaker,
      lastError: this.lastError,
      lastErrorAt: at('lastErrorAt'),
      lastAt: at('lastAt'),
    }
  }
}
