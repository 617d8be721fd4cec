import { openTracer, type Tracer } from '../engine/index.ts'
import type { ClosingStack } from './closing-stack.ts'
import { programRoot } from './program-root.ts'

/**
 * The user's OpenTelemetry SDK, if one is registered: by the API in the working folder's project, else by the program's own copy.
 *
 * @returns null: nothing is traced
 */
export function openTracing(): Promise<Tracer | null> {
  return openTracer([process.cwd(), programRoot])
}

/** What the SDK still holds when all else has ended is sent on. */
export function flushLast(tracer: Tracer | null, stack: ClosingStack): void {
  if (tracer !== null) stack.add(tracer, () => tracer.flush())
}
