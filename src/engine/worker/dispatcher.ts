import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Broker, Claim, Claimed, Reservation } from '../broker/broker.ts'
import type { Queues } from '../queues.ts'
import type { BrokerHealth } from './broker-health.ts'
import type { PausedQueues } from './paused-queues.ts'

/** What a dispatcher works with. */
export interface DispatcherOptions {
  readonly broker: Pick<Broker, 'claim' | 'waitForMessage'>
  /** The queues that are claimed from. */
  readonly queues: Pick<Queues, 'names' | 'has'>
  /** Those of them that nothing is to be taken from now. */
  readonly paused: Pick<PausedQueues, 'has'>
  /** How many messages may be claimed from a queue, when so many of those claimed have not been started yet. */
  readonly limit: (queue: string, unstarted: number) => number
  /** Most bytes of messages that are held at once; the message that crosses this is still taken. */
  readonly maxBytes: number
  /** Carries a claim to its end, which `ended` is told; never fails. */
  readonly execute: (claim: Claim, ended: (claim: Claim) => void) => void
  /** Told when all that was claimed together has been given to `execute`. */
  readonly onExecuted: () => void
  /** Told how often anything was revoked, before what was claimed is started; null: that is known here. */
  readonly onRevocations: (count: number) => Promise<void> | null
  readonly health: Pick<BrokerHealth, 'answered' | 'failed'>
}

/** Most bytes that one call claims. */
const claimBytes = 4 * 1024 * 1024

/** How often an idle dispatcher looks at all its lists, in milliseconds; the first list of the first queue that is not paused wakes it. */
const idlePollMs = 50

/** How long to wait after the broker failed, in milliseconds: doubled up to the second figure. */
const failureWaitMs = [50, 1_000] as const

/**
 * Takes messages from the queue and starts them.
 *
 * 1. Wait for a free slot. A slot is taken before a message is claimed.
 * 2. Claim as many messages of a queue as its tasks find slots, and no more bytes than may be held.
 * 3. Start each; its slot is free again when it has been settled.
 * 4. None there: wait until the broker says that there is one, or the client in this process does, or a short time is over.
 *    While it waits, a client in this process may have its messages claimed in the step that sends them: they need no call.
 * 5. The broker fails: wait a little longer each time, and go on by itself when it is back.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions
  #running = 0
  #unstarted = 0
  #bytes = 0
  #quiet = false
  #idle = false
  #reservations = 0
  #loop: Promise<void> | null = null
  #lastPoll = 0
  #roomMade = (): void => {}
  #drained = (): void => {}
  #unreserved = (): void => {}
  #beQuiet = (): void => {}
  readonly #quietened = new Promise<void>((resolve) => (this.#beQuiet = resolve))
  #wake = (): void => {}

  constructor(options: DispatcherOptions) {
    this.#options = options
  }

  /** How many messages are claimed and have not ended. */
  get running(): number {
    return this.#running
  }

  /** When the broker last answered a claim, or there was room again to ask: `performance.now()` milliseconds; 0 before the first answer. */
  get lastPoll(): number {
    return this.#lastPoll
  }

  /** Whether no more may be claimed now. A full dispatcher does not poll. */
  get full(): boolean {
    const { queues, limit, maxBytes } = this.#options
    if (this.#bytes >= maxBytes || queues.names.length === 0) return true
    const open = this.#open
    return open.length > 0 && open.every((queue) => limit(queue, this.#unstarted) === 0)
  }

  /** Whether it is full of nothing, so that nothing that ends makes room: a fault of ours, which must not pass for work. */
  get stuck(): boolean {
    return this.full && this.#running + this.#reservations === 0 && this.#options.queues.names.length > 0
  }

  /** Has no effect once it was told to be quiet. */
  start(): void {
    if (!this.#quiet) this.#loop = this.#run()
  }

  /**
   * Keeps room for messages that this process is about to send, while nothing else is claimed. Null: they must go on their list.
   *
   * @param bytes of all of them together
   */
  reserve(queue: string, count: number, bytes: number): Reservation | null {
    const { queues, paused, limit, maxBytes } = this.#options
    if (!this.#idle || this.#bytes + bytes > maxBytes || !queues.has(queue) || paused.has(queue)) return null
    if (limit(queue, this.#unstarted) < count) return null
    this.#unstarted += count
    this.#reservations += 1
    let isOpen = true
    const close = (): boolean => {
      if (!isOpen) return false
      isOpen = false
      this.#unstarted -= count
      this.#reservations -= 1
      this.#roomMade()
      if (this.#reservations === 0) this.#unreserved()
      return true
    }
    return {
      take: (claimed) => {
        close()
        void this.#take(claimed)
      },
      // On their list after all, or nobody knows.
      release: () => {
        if (close()) this.notify()
      },
    }
  }

  /** A message was just put on the queue by this process: no need to wait for the broker to say so. */
  notify(): void {
    this.#wake()
  }

  /**
   * A task gave its slot back, before it has ended, or there are more slots, or another queue: a full dispatcher may claim
   * again.
   */
  slotFreed(): void {
    this.#roomMade()
  }

  /** No new claims; resolves when the last claim call has been answered. Running tasks go on. */
  async quiet(): Promise<void> {
    this.#quiet = true
    this.#beQuiet()
    this.#wake()
    this.#roomMade()
    await this.#loop
    while (this.#reservations > 0) await new Promise<void>((resolve) => (this.#unreserved = resolve))
  }

  /** Resolves when no task is running. */
  async drained(): Promise<void> {
    while (this.#running > 0) await new Promise<void>((resolve) => (this.#drained = resolve))
  }

  /** The queues that are not paused. */
  get #open(): readonly string[] {
    const { queues, paused } = this.#options
    return queues.names.filter((queue) => !paused.has(queue))
  }

  async #run(): Promise<void> {
    const { health } = this.#options
    let [failureWait] = failureWaitMs as readonly [number, number]
    while (!this.#quiet) {
      if (this.full) {
        await new Promise<void>((resolve) => (this.#roomMade = resolve))
        // It did not ask while it was full, and that must not pass for a broker that does not answer.
        if (this.#lastPoll > 0) this.#lastPoll = performance.now()
        // Those that end together make room together.
        await nextTurn()
        continue
      }
      try {
        // Set up before claiming, so that a message that comes in between is not slept over.
        const woken = new Promise<void>((resolve) => (this.#wake = resolve))
        const claimed = await this.#claim()
        failureWait = failureWaitMs[0]
        if (claimed === 0) await this.#untilWork(woken)
      } catch (error) {
        health.failed('taking messages', error)
        await this.#pause(failureWait)
        failureWait = Math.min(failureWait * 2, failureWaitMs[1])
      }
    }
  }

  async #claim(): Promise<number> {
    const { broker, paused, limit, maxBytes } = this.#options
    const bytes = Math.min(claimBytes, maxBytes - this.#bytes)
    const limitNow = (queue: string): number => (paused.has(queue) ? 0 : limit(queue, this.#unstarted))
    const claimed = await broker.claim(limitNow, bytes)
    await this.#take(claimed)
    return claimed.claims.length
  }

  /** Starts messages that are claimed. */
  async #take({ claims, revocations }: Claimed): Promise<void> {
    this.#lastPoll = performance.now()
    this.#options.health.answered()
    this.#running += claims.length
    this.#unstarted += claims.length
    for (const { raw } of claims) this.#bytes += raw.byteLength
    const known = this.#options.onRevocations(revocations)
    if (known === null) return this.#startAll(claims)
    const started = known.then(() => this.#startAll(claims))
    // The broker may be away for long before it is known: that must not hold up whoever wants quiet.
    await Promise.race([started, this.#quietened])
  }

  #startAll(claims: readonly Claim[]): void {
    this.#unstarted -= claims.length
    for (const claim of claims) this.#options.execute(claim, this.#ended)
    this.#options.onExecuted()
  }

  readonly #ended = ({ raw }: Claim): void => {
    this.#bytes -= raw.byteLength
    this.#running -= 1
    if (this.#running === 0) this.#drained()
    this.#roomMade()
  }

  async #untilWork(woken: Promise<void>): Promise<void> {
    if (this.#quiet) return
    let timer: NodeJS.Timeout | undefined
    const poll = new Promise<void>((resolve) => (timer = setTimeout(resolve, idlePollMs)))
    // A failed wait is the poll's business: the next claim finds out what is wrong.
    const [first] = this.#open
    const arrived = first === undefined ? poll : this.#options.broker.waitForMessage(first).catch(() => poll)
    this.#idle = true
    await Promise.race([woken, arrived, poll])
    this.#idle = false
    clearTimeout(timer)
  }

  async #pause(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const woken = new Promise<void>((resolve) => (this.#wake = resolve))
    await Promise.race([woken, new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)))])
    clearTimeout(timer)
  }
}
