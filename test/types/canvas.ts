import { chain, chord, group, signature } from '../../src/engine/canvas/index.ts'
import type { AsyncResult, Client, GroupResult } from '../../src/engine/index.ts'
import { defineTask } from '../../src/engine/task.ts'

/*
 * What the compiler must take of a canvas, and what it must refuse. Checked by `tsc`, never run: an `@ts-expect-error` over a line
 * that compiles is an error itself.
 */
const add = defineTask('add', {}, (_context, a: number, b: number) => a + b)
const double = defineTask('double', {}, async (_context, value: number) => value * 2)
const store = defineTask('store', {}, (_context, value: number, text: string) => `${text}${value}`)
const length = defineTask('length', {}, (_context, text: string) => text.length)
const sum = defineTask('sum', {}, (_context, values: number[]) => values.length)
const mixed = defineTask('mixed', {}, (_context, pair: [number, string]) => pair[1])
const ping = defineTask('ping', {}, () => undefined)
const maybe = defineTask('maybe', {}, (_context, value: number, factor?: number) => value * (factor ?? 1))
const told = defineTask('told', {}, (_context, taskId: string) => taskId.length)

export async function taken(client: Client): Promise<void> {
  const tasks = client.bind({ add, double, store, length, sum })
  // Results meet arguments, all the way.
  const text: AsyncResult<string> = await client.applyAsync(chain(add.s(1, 2), double.s(), store.s('x')))
  const size: number = await (await client.applyAsync(chain(tasks.add.s(1, 2), tasks.store.s('x'), length.s()))).get()
  // What is immutable takes anything.
  await client.applyAsync(chain(store.s(1, 'x'), add.si(1, 2), double.s()))
  await client.applyAsync(chain(ping.s(), add.si(1, 2)))
  // An argument that may be left out: with it, or as the second one.
  await client.applyAsync(chain(add.s(1, 2), maybe.s(), maybe.s(3)))
  await client.applyAsync(maybe.s(1, 2))
  // Groups, and what takes their lists.
  const values: GroupResult<[number, string]> = await client.applyAsync(group(add.s(1, 2), store.s(1, 'x')))
  const [one, two]: [number, string] = await values.get()
  const many: GroupResult<number[]> = await client.applyAsync(group(...[1, 2, 3].map((value) => double.s(value))))
  const total: AsyncResult<number> = await client.applyAsync(chord([add.s(1, 2), double.s(3)], sum.s()))
  await client.applyAsync(chord(group(add.s(1, 2), store.s(1, 'x')), mixed.s()))
  await client.applyAsync(
    chord(
      [1, 2].map((value) => double.s(value)),
      sum.s(),
    ),
  )
  await client.applyAsync(chain(add.s(1, 2), group(double.s(), store.s('x')), mixed.s()))
  await client.applyAsync(chain(add.s(1, 2), chord([double.s(), double.s()], sum.s()), double.s()))
  // A chain in a chain.
  await client.applyAsync(chain(add.s(1, 2), chain(double.s(), store.s('x')), length.s()))
  // Links.
  await client.applyAsync(add.s(1, 2).link(double.s(), store.s('x')).linkError(told.s()))
  // By name: whoever writes it says what it gives.
  await client.applyAsync(chain(add.s(1, 2), signature<string>('py.upper', [], { times: 2 }), length.s()))
  await client.applyAsync(add.s(1, 2).set({ countdown: 5, queue: 'slow' }), { priority: 3 })
  void [text, size, one, two, many, total]
}

export function refused(client: Client): void {
  // @ts-expect-error a number is not the text that comes next
  chain(add.s(1, 2), length.s())
  // @ts-expect-error the end of the chain is not the number that comes next
  chain(add.s(1, 2), store.s('x'), double.s())
  // @ts-expect-error it has all its arguments and takes nothing more
  chain(add.s(1, 2), add.s(3, 4))
  // @ts-expect-error the first one lacks an argument
  void client.applyAsync(chain(double.s(), store.s('x')))
  // @ts-expect-error a signature that lacks an argument can not be sent
  void client.applyAsync(double.s())
  // @ts-expect-error a member lacks an argument
  void client.applyAsync(group(add.s(1, 2), double.s()))
  // @ts-expect-error arguments of another type
  add.s('1', 2)
  // @ts-expect-error too many arguments
  double.s(1, 2)
  // @ts-expect-error what is immutable has all its arguments
  add.si(1)
  // @ts-expect-error an argument of another type behind the one that is missing
  store.s(5)
  // @ts-expect-error the body takes a list of numbers, and one of the members gives text
  chord([add.s(1, 2), store.s(1, 'x')], sum.s())
  // @ts-expect-error the body takes one number, not a list
  chord([add.s(1, 2), add.s(1, 2)], double.s())
  // @ts-expect-error members that take a number after text
  chain(store.s(1, 'x'), group(double.s(), double.s()))
  // @ts-expect-error a callback takes what the task gives
  add.s(1, 2).link(length.s())
  // @ts-expect-error an error is told by the id of the task, which is text
  add.s(1, 2).linkError(double.s())
  // @ts-expect-error an idempotency key is for one task
  add.s(1, 2).set({ idempotencyKey: 'k' })
  // @ts-expect-error nobody has said what it gives
  chain(signature('py.upper', ['x']), length.s())
}
