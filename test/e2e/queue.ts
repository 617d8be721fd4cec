import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { countsClaimed } from '../support/claimed.ts'
import { eventually } from '../support/eventually.ts'

const fixture = new URL('../fixtures/celery/task_messages.jsonl', import.meta.url)

interface Message {
  body: string
  headers: Record<string, unknown>
  properties: Record<string, unknown>
}

/** A message as a Celery client wrote it, with another task, its arguments, and an id of its own. */
export function celeryMessage(task: string, args: readonly unknown[] = []): { id: string; raw: string } {
  const [line = ''] = readFileSync(fixture, 'utf8').split('\n')
  const { raw } = JSON.parse(line) as { raw: string }
  const message = JSON.parse(raw) as Message
  const id = randomUUID()
  message.body = Buffer.from(
    JSON.stringify([args, {}, { callbacks: null, errbacks: null, chain: null, chord: null }]),
  ).toString('base64')
  Object.assign(message.headers, { task, id, root_id: id, parent_id: null, argsrepr: '()' })
  Object.assign(message.properties, { correlation_id: id, delivery_tag: randomUUID() })
  return { id, raw: JSON.stringify(message) }
}

/** Puts a task on a queue as Celery does. @returns its id */
export async function sendAsCelery(
  broker: Redis,
  task: string,
  args: readonly unknown[] = [],
  queue = 'celery',
): Promise<string> {
  const { id, raw } = celeryMessage(task, args)
  await broker.lpush(queue, raw)
  return id
}

export interface Result {
  status: string
  result: unknown
  task_id: string
}

/** Waits for the result of a task that has ended. */
export async function resultOf(broker: Redis, id: string, timeoutMs = 10_000): Promise<Result> {
  return eventually(
    async () => {
      const json = await broker.get(`celery-task-meta-${id}`)
      if (json === null) throw new Error('there is none yet')
      const result = JSON.parse(json) as Result
      if (result.status === 'RETRY') throw new Error('it is to be run again')
      return result
    },
    { what: `a result of task ${id}`, timeoutMs },
  )
}

/** How many messages wait on a queue, and how many are claimed by whatever process. */
export async function countMessages(broker: Redis, queue = 'celery'): Promise<{ waiting: number; claimed: number }> {
  // In one step: a message on its way from one to the other would else be seen in neither.
  const script = `${countsClaimed} return { redis.call('LLEN', KEYS[1]), claimed }`
  const [waiting, claimed] = (await broker.eval(script, 1, queue)) as [number, number]
  return { waiting, claimed }
}

/** Waits until that many messages wait and are claimed. */
export async function expectMessages(
  broker: Redis,
  expected: { waiting: number; claimed: number },
  timeoutMs = 10_000,
): Promise<void> {
  await eventually(async () => expect(await countMessages(broker)).to.deep.equal(expected), {
    what: 'the expected messages on the queue',
    timeoutMs,
  })
}

export interface DeadLetter {
  raw: string
  /** Milliseconds until the raw message goes. */
  life: number
  note: Record<string, unknown>
}

/** The dead letters of a queue, the oldest first. */
export async function deadLetters(broker: Redis, queue = 'celery'): Promise<DeadLetter[]> {
  const key = `lovage:dead:${queue}`
  const entries = await broker.zrange(key, '0', '-1')
  return Promise.all(
    entries.map(async (entry) => ({
      raw: (await broker.get(`${key}:m:${entry}`)) ?? '',
      life: await broker.pttl(`${key}:m:${entry}`),
      note: JSON.parse((await broker.hget(`${key}:n`, entry)) ?? '{}') as Record<string, unknown>,
    })),
  )
}
