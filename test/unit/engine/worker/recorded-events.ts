import type { TaskEvents } from '../../../../src/engine/worker/task-events.ts'

/** Keeps what is told of tasks: what happened, the task's id, and the rest. Fails where it is told although nobody wants to know. */
export function recordedEvents(on: boolean): TaskEvents & { readonly told: unknown[][] } {
  const told: unknown[][] = []
  const keep = (...what: unknown[]): void => {
    if (!on) throw new Error(`nobody wants to know, and was told: ${what.join(' ')}`)
    told.push(what)
  }
  return {
    on,
    told,
    received: (_claim, { id }, { name }) => keep('received', id, name),
    started: ({ id }) => keep('started', id),
    succeeded: ({ id }, _task, result, runtimeMs) => keep('succeeded', id, result, runtimeMs),
    failed: ({ id }, error) => keep('failed', id, error),
    retried: ({ id }, error) => keep('retried', id, error),
    revoked: ({ id }, how) => keep('revoked', id, how),
    rejected: ({ id }, requeue) => keep('rejected', id, requeue),
  }
}
