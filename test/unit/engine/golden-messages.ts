import { readFileSync } from 'node:fs'

/** What a real Celery put on a list. */
export interface GoldenMessage {
  readonly raw: Buffer
  readonly envelope: Envelope
  readonly body: readonly [args: unknown[], kwargs: Record<string, unknown>, embed: unknown]
}

/** A message as JSON, read no further. */
export interface Envelope {
  readonly body: string
  readonly headers: Record<string, unknown>
  readonly properties: Record<string, unknown>
  readonly [other: string]: unknown
}

const file = new URL('../../fixtures/celery/task_messages.jsonl', import.meta.url)

export const goldenMessages: readonly GoldenMessage[] = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const { raw, decoded_body: body } = JSON.parse(line) as { raw: string; decoded_body: GoldenMessage['body'] }
    return { raw: Buffer.from(raw), envelope: readJson(raw), body }
  })

export function readJson(message: string | Buffer): Envelope {
  return JSON.parse(message.toString()) as Envelope
}

/** A message of protocol 1: everything is in the body. */
export function protocol1(fields: object, encoded = true): Buffer {
  const body = JSON.stringify({ task: 'old.add', id: 'x', args: [1], kwargs: { b: 2 }, ...fields })
  return Buffer.from(
    JSON.stringify({
      body: encoded ? Buffer.from(body).toString('base64') : body,
      'content-type': 'application/json',
      headers: {},
      properties: { delivery_tag: 'old', ...(encoded ? { body_encoding: 'base64' } : {}) },
    }),
  )
}
