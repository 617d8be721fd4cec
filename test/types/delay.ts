/*
 * What the compiler must accept and refuse of tasks and their calls. `tsc` checks this file: an expected error that does
 * not come is an error itself. It is never run.
 */
import type { AsyncResult } from '../../src/engine/async-result.ts'
import type { Client } from '../../src/engine/client.ts'
import { PythonValue } from '../../src/engine/python-value.ts'
import { defineTask } from '../../src/engine/task.ts'
import { sendSmsCode } from '../../tasks/sms/send-code.ts'

declare const client: Client

const everything = defineTask(
  'everything',
  {},
  (_context, _text: string, _when: Date, _bytes: Uint8Array, _more: { list: number[]; flag?: boolean; none: null }) =>
    1,
)
const optional = defineTask('optional', {}, (_context, first: string, second?: number) => `${first}${second}`)
const waits = defineTask('waits', {}, async (_context, seconds: number): Promise<{ waited: number } | null> => ({
  waited: seconds,
}))
const silent = defineTask('silent', {}, () => {})
const priced = defineTask(
  'priced',
  {},
  (_context, price: PythonValue<'decimal'>, _all: { days: PythonValue[] }) => price,
)
const tasks = client.bind({ sendSmsCode, everything, optional, waits, silent, priced })

void tasks.sendSmsCode.delay('13800000000', '123456')
void tasks.sendSmsCode.applyAsync(['13800000000', '123456'], { expiresInSeconds: 300 })
void tasks.everything.delay('text', new Date(), new Uint8Array(), { list: [1], none: null })
void tasks.optional.delay('first')
void tasks.optional.delay('first', 2)
void tasks.priced.delay(new PythonValue('decimal', '1.10'), { days: [new PythonValue('date', '2026-01-01')] })

type IsAny<T> = 0 extends 1 & T ? true : false
/** Only where both are the same type: `any` is like nothing else. */
type Same<A, B> = [A, IsAny<A>] extends [B, IsAny<B>] ? ([B] extends [A] ? true : false) : false
const same = <A, B>(_same: Same<A, B>): void => {}
/** What `.get()` gives after `.delay()`. */
type ResultOf<Task extends { delay: (...args: never[]) => Promise<AsyncResult> }> = Awaited<
  ReturnType<Awaited<ReturnType<Task['delay']>>['get']>
>

same<ResultOf<typeof tasks.everything>, number>(true)
same<ResultOf<typeof tasks.everything>, unknown>(false)
same<ResultOf<typeof tasks.optional>, string>(true)
same<ResultOf<typeof tasks.waits>, { waited: number } | null>(true)
same<ResultOf<typeof tasks.silent>, void>(true)
same<ResultOf<typeof tasks.priced>, PythonValue<'decimal'>>(true)
same<ResultOf<typeof tasks.sendSmsCode>, number>(true)

export async function results(): Promise<void> {
  const optional = await tasks.optional.delay('first')
  const text: string = await optional.get()
  const waited: number | undefined = (await (await tasks.waits.applyAsync([1])).get({ timeout: 5 }))?.waited
  const sent: AsyncResult<number> = await tasks.sendSmsCode.delay('13800000000', '123456')
  const id: string = sent.id
  const earlier: AsyncResult<{ sum: number }> = client.asyncResult<{ sum: number }>(id)
  const sum: number = (await earlier.get()).sum
  const unknown: unknown = await (await client.send('other.task', [text, waited, sum])).get()
  void unknown

  // @ts-expect-error the handler gives text
  const figure: number = await optional.get()
  void figure
  // @ts-expect-error the handler may give null
  void (await (await tasks.waits.delay(1)).get()).waited
  // @ts-expect-error nobody knows what a task of that name gives
  const guessed: string = await (await client.send('other.task', [])).get()
  void guessed
  // @ts-expect-error what a backend holds of a task may be anything: in a state of its own it is not the result
  const info: string = await optional.info()
  void info
  // @ts-expect-error seconds are a number
  void optional.get({ timeout: '5' })
  // @ts-expect-error an unknown option
  void optional.get({ timeoutMs: 5 })
  // @ts-expect-error the promise is not the result
  void tasks.optional.delay('first').get()
}

defineTask('named', { params: ['first', 'second'] }, (_context, first: string, second?: number) => `${first}${second}`)
defineTask('named rest', { params: ['first'] }, (_context, first: string, ...rest: string[]) => first + rest.join())
defineTask('named nothing', { params: [] }, () => 0)
// @ts-expect-error a parameter has no name
defineTask('unnamed', { params: ['first'] }, (_context, first: string, second: number) => `${first}${second}`)
// @ts-expect-error a name has no parameter
defineTask('nameless', { params: ['first', 'second'] }, (_context, first: string) => first)

// @ts-expect-error an argument is missing
void tasks.sendSmsCode.delay('13800000000')
// @ts-expect-error an argument has the wrong type
void tasks.sendSmsCode.delay('13800000000', 123456)
// @ts-expect-error an argument too many
void tasks.sendSmsCode.delay('13800000000', '123456', 'more')
// @ts-expect-error an unknown option
void tasks.sendSmsCode.applyAsync(['13800000000', '123456'], { expires: 300 })
// @ts-expect-error a countdown in text
void tasks.sendSmsCode.applyAsync(['13800000000', '123456'], { countdown: '5' })
// @ts-expect-error an eta that is no Date
void tasks.sendSmsCode.applyAsync(['13800000000', '123456'], { eta: Date.now() })
// @ts-expect-error a task that was not bound
void tasks.unknown.delay()
// @ts-expect-error a date is not its text
void tasks.everything.delay('text', '2026-01-01', new Uint8Array(), { list: [], none: null })

// @ts-expect-error a date is no price
void tasks.priced.delay(new PythonValue('date', '2026-01-01'), { days: [] })
// @ts-expect-error a price is not its text
void tasks.priced.delay('1.10', { days: [] })
// @ts-expect-error a type that has a value of its own here
void new PythonValue('datetime', '2026-01-01T00:00:00Z')

// @ts-expect-error a function can not travel
defineTask('function', {}, (_context, _callback: () => void) => 0)
// @ts-expect-error a symbol can not travel
defineTask('symbol', {}, (_context, _value: symbol) => 0)
// @ts-expect-error a bigint can not travel
defineTask('bigint', {}, (_context, _value: bigint) => 0)
// @ts-expect-error a Map is a class instance
defineTask('map', {}, (_context, _value: Map<string, string>) => 0)
// @ts-expect-error what is inside counts too
defineTask('nested', {}, (_context, _value: { list: { when: () => Date }[] }) => 0)
// @ts-expect-error unknown could be anything
defineTask('unknown', {}, (_context, _value: unknown) => 0)

class Customer {
  readonly name = 'a'
  readonly #secret = 'b'
  reveal(): string {
    return this.#secret
  }
}
class Customs extends Error {
  readonly form: string
  constructor(form: string, _stamps: number) {
    super(form)
    this.form = form
  }
}
class Sealed {
  readonly name = 'a'
  private readonly secret = 'b'
  static reveal(sealed: Sealed): string {
    return sealed.secret
  }
}
// @ts-expect-error a class instance with a method
defineTask('customer', {}, (_context, _value: Customer) => 0)
// @ts-expect-error a class instance with a private field
defineTask('sealed', {}, (_context, _value: Sealed) => Sealed.reveal(_value))
// @ts-expect-error an option that does not exist
defineTask('option', { maxRetires: 3 }, () => 0)
// @ts-expect-error a pool that a task can not name
defineTask('pool', { pool: 'solo' }, () => 0)
// @ts-expect-error a value that does not say what to do
defineTask('uncertain', { onUncertain: 'maybe' }, () => 0)
// @ts-expect-error retries for ever are null
defineTask('retries', { maxRetries: 'for ever' }, () => 0)
// @ts-expect-error a mask of other arguments
defineTask('mask', { mask: (figure: number) => [figure] }, (_context, _text: string) => 0)
defineTask('mask', { mask: (text: string) => [text.slice(0, 3)] }, (_context, _text: string) => 0)
defineTask('errors', { retryFor: [RangeError, Customs], dontRetryFor: (error) => error instanceof TypeError }, () => 0)

const limited = (key: (figure: number) => string) => ({ rateLimit: { rate: '10/m', scope: 'global', key } }) as const
// @ts-expect-error a key of other arguments
defineTask('limited', limited(String), (_context, _text: string) => 0)
defineTask('limited', limited(String), (_context, _figure: number) => 0)
// @ts-expect-error nobody's limit
defineTask('limited', { rateLimit: { rate: '10/m', scope: 'node' } }, (_context) => 0)
defineTask('limited', { rateLimit: () => null }, (_context) => 0)
