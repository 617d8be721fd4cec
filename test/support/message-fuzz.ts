import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'

/** What a real Celery wrote, one message a line. */
const golden = readFileSync(new URL('../fixtures/celery/task_messages.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => (JSON.parse(line) as { raw: string }).raw)

/** JSON texts without blanks, apart by blanks. */
const texts = (words: string): string[] => words.trim().split(/\s+/)
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
const inBase64 = (text: string): string => JSON.stringify(Buffer.from(text).toString('base64'))

/** What takes any field's place. */
const oddTexts =
  texts(String.raw`null true 0 -1 1.5 1e99 1e999 -0 9007199254740993 "" [] {} [null] "NaN" [[[],[]],{}] {"a":1,"a":2} "世界"
    "\ud800" "\udfff\ud800" "\u0000" "\u0006\u0016" "\r\n{}" "__proto__" "constructor" {"__proto__":{"task":"proj.add"}}`)

/** The same, but large or deep: more of it would only take time. */
const heavyTexts = [
  JSON.stringify('x'.repeat(5_000)),
  ...[100, 3_000, 20_000].map(nested),
  `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
]

const oddTimes = texts(`"2999-01-01T00:00:00+00:00" "2999-01-01T00:00:00.123456" "+275760-09-13T00:00:00Z" "2999-01-01"
  "1999-01-01T00:00:00+00:00" "-000001-01-01T00:00:00Z" "2026-13-45T99:99:99Z" "2999-W01-1" "soon" "" 1e20`)

/** What is odd in one field. */
const oddFields: Readonly<Record<string, readonly string[]>> = {
  ['__proto__']: oddTexts,
  eta: oddTimes,
  expires: oddTimes,
  retries: texts('-1 1e99 1e999 "3" 0.5 1.0 [0] true -0 4'),
  lovage_crashes: texts('-1 1 1e99 "2"'),
  lovage_sent: texts('-1 0 1.5 1e99 1e999 "2" 01 null'),
  timelimit: texts('[1e99,1e99] [-1,-1] ["1","2"] 5 {"0":1} [null] [] [[1],[2]] [300,60]'),
  priority: texts('-5 "9" 1e99 1e999 9 []'),
  task: texts(String.raw`"proj.missing" "proj.add\u0000" "toString" "PROJ.ADD" "proj."`),
  id: [...texts(String.raw`"../../etc/passwd" "\ud800" "\n"`), '" "', JSON.stringify('i'.repeat(20_000))],
  ignore_result: texts('true "true" 1'),
  'content-type': texts(
    '"application/x-python-serialize" "application/x-yaml" "application/JSON" "application/json;a=b"',
  ),
  'content-encoding': texts('"binary" "latin-1" "gzip"'),
  body_encoding: texts('"utf-8" "hex" "BASE64" null 0'),
  body: [
    ...texts('"W1tdLCB7fSwge" "????" "/////w==" "[[],{},null]" "AAAA"'),
    ...texts('[1,2] {} [[],{}] [{},[]] [[1],{"a":1},null] [[],{"__proto__":[]},null] [] null').map(inBase64),
    inBase64('\ufeff[[],{},null]'),
    ...[100, 2_000, 3_000, 5_000, 50_000].map((depth) => inBase64(`[[${nested(depth)}],{},null]`)),
    ...texts('datetime base64 bytes uuid __proto__').map((type) =>
      inBase64(String.raw`[[{"__type__":"${type}","__value__":"\ud800"}],{},null]`),
    ),
  ],
}

/** Whole elements. */
const oddWholes = [
  ...texts(String.raw`null true 0 - " "" [] {} { [[],{},null] {"__proto__":{}} {"headers":{},"properties":{},"body":""}
    <xml/> {"body":NaN} {'a':1} "\ud800"`),
  // Blanks would be lost among the others.
  ...' |\x06\x16|\0|\ufeff|\ufeff{}|*3\r\n$3\r\nSET\r\n|'.split('|'),
  ...['x', '9', '[', '{"a":'].map((piece) => piece.repeat(30_000)),
  nested(30_000),
]

/** The parts of a message that are replaced, by their path. */
const paths = texts(`body content-encoding content-type headers properties
  headers/task headers/id headers/eta headers/expires headers/group headers/retries headers/timelimit headers/root_id
  headers/parent_id headers/argsrepr headers/stamps headers/ignore_result headers/lovage_crashes headers/lovage_sent headers/__proto__
  properties/body_encoding properties/priority properties/delivery_tag properties/delivery_info`).map((path) =>
  path.split('/'),
)

/** What is put in between, or in place of, other bytes. */
const oddBytes = ['ff', '00', '0616', 'efbbbf', 'eda080', 'c0af', '22', '7b', '5d', '5c', '0a', '80', 'f4908080'].map(
  (hex) => Buffer.from(hex, 'hex'),
)

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). @param seed a whole number */
export function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * Elements of a queue that nobody should have put there, made from Celery's own messages, each with an id of its own. Some are
 * messages still: others than before, or with fields that do not matter.
 */
export class MessageFuzz {
  readonly #random: () => number
  readonly #seed: number
  #made = 0

  constructor(seed: number) {
    this.#seed = seed
    this.#random = seededRandom(seed)
  }

  next(): Buffer {
    const message = this.#message()
    const chance = this.#random()
    if (chance < 0.6) return Buffer.from(this.#mutateFields(message))
    return chance < 0.9 ? this.#mutateBytes(Buffer.from(message)) : this.#whole(message)
  }

  /** One of Celery's, under an id that no other one has. */
  #message(): string {
    const id = `fuzz-${this.#seed}-${(this.#made += 1)}`
    const message = JSON.parse(this.#oneOf(golden)) as { headers: object; properties: object }
    Object.assign(message.headers, { id, root_id: id })
    Object.assign(message.properties, { correlation_id: id })
    return JSON.stringify(message)
  }

  /** Replaces, removes or swaps one to three parts; what is put in is JSON text, as not all of it has a value in JavaScript. */
  #mutateFields(text: string): string {
    const message = JSON.parse(text) as Record<string, unknown>
    const replaced = new Map<string, string>()
    for (let left = 1 + this.#below(3); left > 0; left -= 1) {
      const path = this.#oneOf(paths)
      const holder = path.length === 1 ? message : message[path[0] ?? '']
      const key = path.at(-1) ?? ''
      // Another part that was put in before may be what holds it.
      if (!isRecord(holder)) continue
      const chance = this.#random()
      if (chance < 0.1) delete holder[key]
      else if (chance < 0.2) swap(message, this.#oneOf(paths)[0], this.#oneOf(paths)[0])
      else {
        const mark = `@${replaced.size}@`
        replaced.set(mark, this.#oddText(key))
        // Plain assignment would set the prototype by the name __proto__.
        Object.defineProperty(holder, key, { value: mark, enumerable: true, configurable: true, writable: true })
      }
    }
    return JSON.stringify(message).replaceAll(/"(@\d@)"/g, (found, mark: string) => replaced.get(mark) ?? found)
  }

  #oddText(key: string): string {
    const chance = this.#random()
    return this.#oneOf(chance < 0.6 ? (oddFields[key] ?? oddTexts) : chance < 0.97 ? oddTexts : heavyTexts)
  }

  #mutateBytes(raw: Buffer): Buffer {
    const [start = 0, end] = [this.#below(raw.length), this.#below(raw.length)].toSorted((a, b) => a - b)
    const pieces = [raw.subarray(0, start), raw.subarray(start, end), raw.subarray(end)] as const
    switch (this.#below(7)) {
      case 0:
        for (let left = 1 + this.#below(4); left > 0; left -= 1) {
          const place = this.#below(raw.length)
          raw[place] = (raw[place] ?? 0) ^ (1 << this.#below(8))
        }
        return raw
      case 1:
        return this.#oneOf(pieces)
      case 2:
        return Buffer.concat([pieces[0], pieces[1], pieces[1], pieces[2]])
      case 3:
        return Buffer.concat([pieces[2], pieces[1], pieces[0]])
      case 4:
        return Buffer.concat([pieces[0], this.#oneOf(oddBytes), pieces[1], pieces[2]])
      case 5:
        return Buffer.concat([this.#oneOf(oddBytes), raw])
      default:
        return Buffer.concat([pieces[0], this.#oneOf(oddBytes), pieces[2]])
    }
  }

  /** Something else altogether, or the message in another form. */
  #whole(message: string): Buffer {
    const { body, headers, ...rest } = JSON.parse(message) as { body: string; headers: object }
    const [args, kwargs] = JSON.parse(Buffer.from(body, 'base64').toString()) as unknown[]
    const protocol1 = JSON.stringify({ ...headers, args, kwargs })
    const inProtocol1 = (text: Buffer): Buffer =>
      Buffer.from(JSON.stringify({ ...rest, headers: {}, body: text.toString('base64') }))
    switch (this.#below(6)) {
      case 0:
        return inProtocol1(Buffer.from(`${this.#random() < 0.1 ? '\ufeff' : ''}${protocol1}`))
      case 1:
        return inProtocol1(this.#mutateBytes(Buffer.from(protocol1)))
      case 2:
        return Buffer.from(Array.from({ length: this.#below(200) }, () => this.#below(256)))
      case 3:
        return Buffer.from(message, 'utf16le')
      case 4:
        return Buffer.from(this.#oneOf([`[${message}]`, JSON.stringify(message), message + message, protocol1]))
      default:
        return Buffer.from(this.#oneOf(oddWholes))
    }
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound)
  }

  #oneOf<T>(values: readonly T[]): T {
    const value = values[this.#below(values.length)]
    if (value === undefined) throw new Error('there is nothing to choose from')
    return value
  }
}

/** What a message says of itself, so far as it tells what may become of it. */
export interface Told {
  readonly id: string
  readonly ignoresResult: boolean
  readonly hasExpiry: boolean
}

/**
 * Looks at an element by the wire format alone, sharing no code with the engine.
 *
 * @returns null for what nobody can run: it has no readable id and task
 */
export function judge(raw: Buffer): Told | null {
  const message = isUtf8(raw) ? objectIn(raw.toString()) : null
  const { headers, properties, body } = message ?? {}
  if (message?.['content-type'] !== 'application/json' || typeof body !== 'string') return null
  if (!isRecord(headers) || !isRecord(properties)) return null
  const encoded = properties['body_encoding'] === 'base64'
  const told = Object.hasOwn(headers, 'task')
    ? headers
    : objectIn(encoded ? Buffer.from(body, 'base64').toString() : body)
  const { id, task } = told ?? {}
  if (typeof id !== 'string' || typeof task !== 'string' || id === '' || task === '') return null
  return { id, ignoresResult: told?.['ignore_result'] === true, hasExpiry: typeof told?.['expires'] === 'string' }
}

function objectIn(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ''))
    return isRecord(value) ? value : null
  } catch {
    return null
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function swap(holder: Record<string, unknown>, one = '', other = ''): void {
  ;[holder[one], holder[other]] = [holder[other], holder[one]]
}
