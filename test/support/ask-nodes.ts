import { randomUUID } from 'node:crypto'
import { ControlCaller, type ControlCall } from '../../src/engine/broker/control-caller.ts'
import {
  controlExchange,
  readControlReply,
  replyExchange,
  writeControlRequest,
  type ControlRequest,
} from '../../src/engine/control-message.ts'
import type { TestEngine } from './engine.ts'
import { eventually } from './eventually.ts'

/** Waits until so many nodes listen to remote control. */
export async function listening({ redis, keys }: TestEngine, count: number): Promise<void> {
  const channel = keys.fanoutChannel(controlExchange, 10)
  await eventually(async () => {
    const [, found] = await redis.pubsub('NUMSUB', channel)
    if (found !== count) throw new Error(`${String(found)} of ${count} nodes listen`)
  })
}

/** Asks the nodes on an engine's broker; resolves with what each replied. */
export async function askNodes(
  { blocking, keys }: TestEngine,
  method: string,
  given: Record<string, unknown> = {},
  call: Partial<ControlCall> = {},
): Promise<Record<string, unknown>> {
  // A connection that waits for nothing else.
  const redis = blocking.duplicate()
  try {
    const caller = new ControlCaller({ redis, keys })
    const replies = await caller.ask({ method, arguments: given, destination: null, timeoutMs: 5_000, ...call })
    return Object.fromEntries(replies)
  } finally {
    redis.disconnect()
  }
}

/** Publishes one request as it is; resolves with who replied to it, when all nodes have got it. */
export async function askRaw(engine: TestEngine, request: Partial<ControlRequest>): Promise<string[]> {
  const { redis, keys } = engine
  const replyTo = randomUUID()
  const queue = `${replyTo}.${replyExchange}`
  await redis.sadd(keys.binding(replyExchange), keys.boundQueue(replyTo, queue))
  const whole = { method: 'ping', arguments: {}, destination: null, pattern: null, ticket: 't', replyTo, clock: 1 }
  const text = writeControlRequest({ ...whole, expiresAt: Date.now() + 5_000, ...request })
  await redis.publish(keys.fanoutChannel(controlExchange, 10), text)
  // Each node replies in the order in which it is asked.
  await askNodes(engine, 'ping')
  const replies = await redis.lrangeBuffer(keys.list(queue), 0, -1)
  return replies.map((raw) => readControlReply(raw).node).toSorted()
}
