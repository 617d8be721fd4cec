import type { CanvasMessage } from '../canvas/following.ts'
import type { BrokerKeys } from './keys.ts'

/** What is put where, as put-all.lua takes it: JSON. */
export function putPlan(messages: readonly CanvasMessage[], keys: BrokerKeys): string {
  const counts = new Map<string, number>()
  for (const { queue } of messages) counts.set(queue, (counts.get(queue) ?? 0) + 1)
  return JSON.stringify({
    queues: [...counts].map(([name, count]) => ({
      name,
      count,
      schedule: keys.schedule(name),
      lists: keys.lists(name),
    })),
    messages: messages.map(({ queue, priority, text }) => ({ list: keys.list(queue, priority), text })),
  })
}
