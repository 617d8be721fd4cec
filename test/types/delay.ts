/*
 * What the compiler must accept and refuse of tasks and their calls. `tsc` checks this file: an expected error that does
 * not come is an error itself. It is never run.
 */
import type { Client } from '../../src/engine/client.ts'
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
const tasks = client.bind({ sendSmsCode, everything, optional })

void tasks.sendSmsCode.delay('13800000000', '123456')
void tasks.sendSmsCode.applyAsync(['13800000000', '123456'], { expiresInSeconds: 300 })
void tasks.everything.delay('text', new Date(), new Uint8Array(), { list: [1], none: null })
void tasks.optional.delay('first')
void tasks.optional.delay('first', 2)

// @ts-expect-error an argument is missing
void tasks.sendSmsCode.delay('13800000000')
// @ts-expect-error an argument has the wrong type
void tasks.sendSmsCode.delay('13800000000', 123456)
// @ts-expect-error an argument too many
void tasks.sendSmsCode.delay('13800000000', '123456', 'more')
// @ts-expect-error an unknown option
void tasks.sendSmsCode.applyAsync(['13800000000', '123456'], { expires: 300 })
// @ts-expect-error a task that was not bound
void tasks.unknown.delay()
// @ts-expect-error a date is not its text
void tasks.everything.delay('text', '2026-01-01', new Uint8Array(), { list: [], none: null })

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
