import type { EventEmitter } from 'node:events'

/** Waits for an event; unlike `once` of node:events, not ended by an `error` event. */
export async function nextEvent(emitter: EventEmitter, name: string): Promise<void> {
  await new Promise<void>((resolve) => emitter.once(name, () => resolve()))
}
