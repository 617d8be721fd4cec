import { readBodyEmbed } from '../body.ts'
import type { Broker } from '../broker/broker.ts'
import { afterFailure, afterSuccess, inPlaceOf, type EndContext, type Failure } from '../canvas/after-end.ts'
import type { Following } from '../canvas/following.ts'
import type { Embed, WireSignature } from '../canvas/wire-signature.ts'
import type { TaskMessage } from '../message.ts'
import type { Outcome } from '../outcome.ts'
import type { ResultBackend } from '../results/results.ts'
import type { TaskDefinition } from '../task.ts'
import type { TraceHeaders } from '../trace-headers.ts'
import type { Json } from '../wire-value.ts'

/** What it works with. */
export interface FollowUpsOptions {
  readonly broker: Pick<Broker, 'now'>
  readonly results: Pick<ResultBackend, 'encode'>
  readonly tasks: ReadonlyMap<string, TaskDefinition>
  /** For what names no queue. */
  readonly defaultQueue: string
  /** Who sends, as Celery writes it: `<pid>@<node>`. */
  readonly origin: string
  /** Whether what comes after a task says that it is part of the task's trace; default: it does not. */
  readonly traced?: boolean
}

/** What comes after the tasks that this worker runs: callbacks, the rest of a chain, a chord's body. */
export class FollowUps {
  readonly #options: FollowUpsOptions

  constructor(options: FollowUpsOptions) {
    this.#options = options
  }

  /**
   * What a message says of it; null: nothing comes. The thread that ran the task has told; where none has, the body is read here.
   *
   * @param outcome null: it was not run
   */
  embedOf(message: TaskMessage, outcome: Outcome | null): Embed | null {
    if (outcome !== null && outcome.kind !== 'lost' && outcome.kind !== 'unreadable') return outcome.follows ?? null
    try {
      return readBodyEmbed(message) ?? null
    } catch {
      // Nobody can say what was to come.
      return null
    }
  }

  /** @param value what the task returned, as JSON */
  afterSuccess(
    message: TaskMessage,
    outcome: Outcome | null,
    embed: Embed,
    value: Json,
  ): { follow: Following; children: Json[] } {
    const { following, children } = afterSuccess(message, embed, value, this.#context(message, outcome))
    return { follow: following, children }
  }

  afterFailure(message: TaskMessage, outcome: Outcome | null, embed: Embed, failure: Failure): Following {
    return afterFailure(message, embed, failure, this.#context(message, outcome))
  }

  /** What is sent where a signature goes on in a task's place. */
  inPlaceOf(message: TaskMessage, outcome: Outcome | null, embed: Embed | null, signature: WireSignature): Following {
    return inPlaceOf(message, embed, signature, this.#context(message, outcome))
  }

  #context(message: TaskMessage, outcome: Outcome | null): EndContext {
    const { broker, results, tasks, defaultQueue, origin, traced = false } = this.#options
    // Of a run that left no span, what its message says.
    const trace: TraceHeaders | undefined = outcome?.trace ?? message.trace
    return {
      now: broker.now(),
      defaultQueue,
      origin,
      maskOf: (name) => tasks.get(name)?.options.mask,
      encode: (...parts) => results.encode(...parts),
      ...(traced && trace !== undefined && { traceOf: () => trace }),
    }
  }
}
