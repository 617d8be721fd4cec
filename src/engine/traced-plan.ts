import { SendPlan, type SendContext } from './canvas/send-plan.ts'
import type { WireSignature } from './canvas/wire-signature.ts'
import { SentSpans } from './sent-spans.ts'
import type { Tracer } from './tracer.ts'

/** Messages that are to be sent together, and their spans. */
export interface TracedPlan {
  readonly plan: SendPlan
  /** null: nothing is traced. */
  readonly spans: SentSpans | null
}

/**
 * Plans what is sent of a signature, with a span for each message.
 *
 * @param signature with the ids of its tasks
 * @throws EngineError as `SendPlan.add`; spans that had begun have ended with it
 */
export function tracedPlan(
  signature: WireSignature,
  context: SendContext,
  tracer: Pick<Tracer, 'sends'> | null,
): TracedPlan {
  const spans = tracer === null ? null : new SentSpans(tracer)
  const plan = new SendPlan(spans === null ? context : { ...context, traceOf: (task) => spans.begin(task) })
  try {
    plan.add(signature)
  } catch (error) {
    spans?.end(error)
    throw error
  }
  return { plan, spans }
}
