import type { Broker, ChordStore, Claim, Settlement } from '../broker/broker.ts'
import type { Following } from '../canvas/following.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { TaskMessage } from '../message.ts'
import type { ResultBackend, ResultOwner, TaskState } from '../results/results.ts'
import type { TaskDefinition } from '../task.ts'
import type { Json } from '../wire-value.ts'

/** What a settler works with. */
export interface SettlerOptions {
  readonly broker: Pick<Broker, 'settle'>
  readonly results: ResultBackend
  /** Chords, where the results are. */
  readonly chords: Pick<ChordStore, 'follow'>
  readonly logger: Logger
  /** Told of each claim that was settled. */
  readonly onSettled: () => void
}

/** What the result backend is to say of a task. */
export interface Verdict {
  readonly state: TaskState
  readonly value: Json
  readonly stack?: string | null
  /** What it has sent, as Celery lists it. */
  readonly children?: readonly Json[]
}

/** Called when a claim has been settled as it was said; not where it was no longer ours, or nobody knows. */
export type Told = () => void

/** How long a failed settle waits before it is tried again, in milliseconds: doubled up to the second figure. */
const settleWaitMs = [50, 1_000] as const

/**
 * Ends claims: ack, result and whatever else becomes of the message, in one step where broker and results share a server,
 * else the result first. Each step is tried until it is answered, or the claims are given up.
 */
export class Settler {
  readonly #options: SettlerOptions
  /** How many steps are under way. */
  #pending = 0
  #answered = (): void => {}
  #lost = 0
  #abandoned = false
  #stopWaiting = (): void => {}
  readonly #abandonment = new Promise<void>((resolve) => (this.#stopWaiting = resolve))

  constructor(options: SettlerOptions) {
    this.#options = options
  }

  /** How many outcomes could not be settled because the claim was no longer ours. */
  get lost(): number {
    return this.#lost
  }

  get abandoned(): boolean {
    return this.#abandoned
  }

  /** Nothing more is begun: the claims are handed back. Resolves when what was under way has been answered. */
  async abandon(): Promise<void> {
    this.#abandoned = true
    this.#stopWaiting()
    if (this.#pending > 0) await new Promise<void>((resolve) => (this.#answered = resolve))
  }

  /** Whether anybody wants this task's result kept. */
  keepsResult(message: Pick<TaskMessage, 'ignoreResult'>, task: TaskDefinition): boolean {
    return !message.ignoreResult && task.options.ignoreResult !== true
  }

  /** Whether a verdict goes straight to the broker: not to a result backend of its own before. */
  settlesAtOnce(message: TaskMessage, task: TaskDefinition): boolean {
    return this.#options.results.sharesBroker || !this.keepsResult(message, task)
  }

  /** Ends a claim with a verdict. Never rejects. */
  finish(
    claim: Claim,
    message: ResultOwner & Pick<TaskMessage, 'ignoreResult'>,
    task: TaskDefinition,
    verdict: Verdict,
    rest: Omit<Settlement, 'result'> = {},
    told: Told | null = null,
  ): Promise<void> {
    const { results } = this.#options
    if (!this.keepsResult(message, task)) return this.settle(claim, rest, told)
    const { state, value, stack = null, children } = verdict
    const result =
      children === undefined
        ? results.encode(message, state, value, stack)
        : results.encode(message, state, value, stack, children)
    if (results.sharesBroker || rest.follow !== undefined) return this.settle(claim, { ...rest, result }, told)
    return this.untilDone(() => results.store(result)).then(() => this.settle(claim, rest, told))
  }

  /** Ends a claim. Never rejects. */
  settle(claim: Claim, settlement: Settlement, told: Told | null = null): Promise<void> {
    const { follow } = settlement
    return follow === undefined || this.#options.results.sharesBroker
      ? this.#settle(claim, settlement, told)
      : this.#settleElsewhere(claim, settlement, follow, told)
  }

  /** What follows is counted and stored where the results are; then it is sent, in the step that ends the claim. */
  async #settleElsewhere(claim: Claim, settlement: Settlement, follow: Following, told: Told | null): Promise<void> {
    const { result, ...rest } = settlement
    const messages = await this.untilDone(() => this.#options.chords.follow(follow, result))
    if (messages === null) return
    await this.#settle(claim, { ...rest, follow: { messages, chords: [], results: [], parts: [] } }, told)
  }

  #settle(claim: Claim, settlement: Settlement, told: Told | null): Promise<void> {
    if (this.#abandoned) return Promise.resolve()
    this.#pending += 1
    return this.#options.broker.settle(claim, settlement).then(
      (ours) => this.#settled(claim, ours, told),
      (error: unknown) => {
        this.#options.logger.debug({ error: messageOf(error) }, 'settling failed; trying again')
        const again = this.#settleAgain(claim, settlement, told)
        this.#ended()
        return again
      },
    )
  }

  async #settleAgain(claim: Claim, settlement: Settlement, told: Told | null): Promise<void> {
    // Where the claim is gone now, the first try may have ended it although its answer was lost.
    if ((await this.untilDone(() => this.#options.broker.settle(claim, settlement), 1)) !== true) return
    this.#options.onSettled()
    told?.()
  }

  #settled(claim: Claim, ours: boolean, told: Told | null): void {
    this.#ended()
    if (ours) {
      this.#options.onSettled()
      return told?.()
    }
    this.#lost += 1
    this.#options.logger.warn({ claim: claim.id }, 'the claim was lost: its outcome is not settled')
  }

  /**
   * Tries until the broker answers; null where the claims were given up before. Settling twice is safe: the second time
   * there is no claim.
   *
   * @param failed how many tries have failed before: then it begins with a wait
   */
  async untilDone<T>(step: () => Promise<T>, failed = 0): Promise<T | null> {
    this.#pending += 1
    if (failed > 0) await this.#wait(failed)
    while (!this.#abandoned) {
      try {
        const answer = await step()
        this.#ended()
        return answer
      } catch (error) {
        failed += 1
        if (failed === 1) this.#options.logger.debug({ error: messageOf(error) }, 'settling failed; trying again')
        await this.#wait(failed)
      }
    }
    this.#ended()
    return null
  }

  /** @param failed how many tries have failed */
  async #wait(failed: number): Promise<void> {
    const [first, longest] = settleWaitMs
    let timer: NodeJS.Timeout | undefined
    const waited = new Promise((resolve) => (timer = setTimeout(resolve, Math.min(first * 2 ** (failed - 1), longest))))
    await Promise.race([this.#abandonment, waited])
    clearTimeout(timer)
  }

  #ended(): void {
    this.#pending -= 1
    if (this.#pending === 0) this.#answered()
  }
}
