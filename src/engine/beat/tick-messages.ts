import type { CanvasMessage } from '../canvas/following.ts'
import { freeze, idsFor } from '../canvas/freeze.ts'
import type { Mask } from '../canvas/send-plan.ts'
import { withOptions } from '../canvas/wire-signature.ts'
import type { SentSpans } from '../sent-spans.ts'
import type { TaskDefinition } from '../task.ts'
import { tracedPlan } from '../traced-plan.ts'
import type { Tracer } from '../tracer.ts'
import { isoFromMs } from '../wire-value.ts'
import type { Entry } from './read-entries.ts'

/** What is the same in all messages of a scheduler. */
export interface TickMessagesOptions {
  /** For entries that name no queue. */
  readonly defaultQueue: string
  /** Who sends, as Celery writes it: `<pid>@<node>`. */
  readonly origin: string
  /** Tells broker and application from others, so that their ids differ. */
  readonly seed: string
  /** The tasks that this process knows: how their arguments are shown, and whether a result is wanted. */
  readonly tasks: ReadonlyMap<string, TaskDefinition>
  /** Told what is sent; default: nobody is. */
  readonly tracer?: Pick<Tracer, 'sends'> | null
}

/**
 * Writes the messages of ticks. A tick's task has the same id whoever sends it and however often: what a task does under its id as a
 * request id is done once for each tick, also where the broker has lost what it had said it had.
 */
export class TickMessages {
  readonly #options: TickMessagesOptions
  /** Of messages that are not sent yet, and perhaps never will be: another scheduler may be faster. */
  readonly #spans = new WeakMap<CanvasMessage, SentSpans>()

  constructor(options: TickMessagesOptions) {
    this.#options = options
  }

  /**
   * @param tick Unix milliseconds
   * @param now when it is sent
   */
  write({ name, call }: Entry, tick: number, now: number): CanvasMessage {
    const { defaultQueue, origin, seed, tasks, tracer = null } = this.#options
    const known = tasks.get(call.task)?.options
    const signature = withOptions(call, {
      ...(known?.ignoreResult === true && { ignore_result: true }),
      headers: { ...(call.options['headers'] as object), periodic_task_tick: isoFromMs(tick) },
    })
    const maskOf = (): Mask | undefined => known?.mask
    const context = { parentId: null, rootId: null, now, defaultQueue, origin, maskOf }
    const frozen = freeze(signature, idsFor(`${seed}beat:${name}:${tick}`)).signature
    const { plan, spans } = tracedPlan(frozen, context, tracer)
    const message = plan.messages[0] as CanvasMessage
    if (spans !== null) this.#spans.set(message, spans)
    return message
  }

  /** The broker has it. */
  sent(message: CanvasMessage): void {
    this.#spans.get(message)?.end()
  }

  /** It is not sent. @param error why the broker refused it; absent: another scheduler was faster */
  unsent(message: CanvasMessage, error?: unknown): void {
    const spans = this.#spans.get(message)
    if (error === undefined) spans?.drop()
    else spans?.end(error)
  }
}
