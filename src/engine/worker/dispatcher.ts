import type { Broker, Claim } from '../broker/broker.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'

/** What a dispatcher works with. */
export interface DispatcherOptions {
  readonly broker: Pick<Broker, 'claim' | 'waitForMessage'>
  /** How many tasks run at once. */
  readonly concurrency: number
  /** Carries a claim to its end; never rejects. */
  readonly execute: (claim: Claim) => Promise<void>
  /** Told when the broker answers again after it had not. */
  readonly onBrokerBack: () => void
  readonly logger: Logger
}

/** How often an idle dispatcher looks at all its lists, in milliseconds; the first list of the first queue wakes it. */
const idlePollMs = 50

/** How long to wait after the broker failed, in milliseconds: doubled up to the second figure. */
const failureWaitMs = [50, 1_000] as const

/**
 * Takes messages from the queue and starts them.
 *
 * 1. Wait for a free slot. A slot is taken before a message is claimed.
 * 2. Claim as many messages as there are free slots.
 * 3. Start each; its slot is free again when it has been settled.
 * 4. None there: wait until the broker says that there is one, or the client in this process does, or a short time is over.
 * 5. The broker fails: wait a little longer each time, and go on by itself when it is back.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions
  readonly #running = new Set<Promise<void>>()
  #quiet = true
  #loop: Promise<void> | null = null
  #lastPoll = 0
  #slotFreed = (): void => {}
  #wake = (): void => {}

  constructor(options: DispatcherOptions) {
    this.#options = options
  }

  /** How many tasks are running now. */
  get running(): number {
    return this.#running.size
  }

  /** When the broker last answered a claim: `performance.now()` milliseconds; 0 before the first. */
  get lastPoll(): number {
    return this.#lastPoll
  }

  /** Whether all slots are taken. A full dispatcher does not poll. */
  get full(): boolean {
    return this.#running.size >= this.#options.concurrency
  }

  start(): void {
    this.#quiet = false
    this.#loop = this.#run()
  }

  /** A message was just put on the queue by this process: no need to wait for the broker to say so. */
  notify(): void {
    this.#wake()
  }

  /** No new claims; resolves when the last claim call has been answered. Running tasks go on. */
  async quiet(): Promise<void> {
    this.#quiet = true
    this.#wake()
    this.#slotFreed()
    await this.#loop
  }

  /** Resolves when no task is running. */
  async drained(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  async #run(): Promise<void> {
    const { broker, concurrency, logger } = this.#options
    let [failureWait] = failureWaitMs as readonly [number, number]
    let failing = false
    while (!this.#quiet) {
      if (this.full) {
        await new Promise<void>((resolve) => (this.#slotFreed = resolve))
        continue
      }
      try {
        // Set up before claiming, so that a message that comes in between is not slept over.
        const woken = new Promise<void>((resolve) => (this.#wake = resolve))
        const claims = await broker.claim(concurrency - this.#running.size)
        this.#lastPoll = performance.now()
        if (failing) {
          logger.info({}, 'the broker is back: taking tasks again')
          this.#options.onBrokerBack()
        }
        failing = false
        failureWait = failureWaitMs[0]
        for (const claim of claims) this.#start(claim)
        if (claims.length === 0) await this.#untilWork(woken)
      } catch (error) {
        if (!failing) logger.warn({ error: messageOf(error) }, 'the broker does not answer: taking no tasks')
        failing = true
        await this.#pause(failureWait)
        failureWait = Math.min(failureWait * 2, failureWaitMs[1])
      }
    }
  }

  #start(claim: Claim): void {
    const run = this.#options.execute(claim).finally(() => {
      this.#running.delete(run)
      this.#slotFreed()
    })
    this.#running.add(run)
  }

  async #untilWork(woken: Promise<void>): Promise<void> {
    if (this.#quiet) return
    let timer: NodeJS.Timeout | undefined
    const poll = new Promise<void>((resolve) => (timer = setTimeout(resolve, idlePollMs)))
    // A failed wait is the poll's business: the next claim finds out what is wrong.
    const arrived = this.#options.broker.waitForMessage().catch(() => poll)
    await Promise.race([woken, arrived, poll])
    clearTimeout(timer)
  }

  async #pause(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const woken = new Promise<void>((resolve) => (this.#wake = resolve))
    await Promise.race([woken, new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)))])
    clearTimeout(timer)
  }
}
