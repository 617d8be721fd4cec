import type { TaskBody } from './body.ts'
import { chunks } from './canvas/maps.ts'
import { signature } from './canvas/signature.ts'
import { PermanentError } from './errors.ts'
import { isRecord } from './message.ts'
import type { TaskContext, TaskDefinition } from './task.ts'

/** A task that every process knows (celery.app.builtins): it takes its arguments by name, and may call others. */
type Builtin = (body: TaskBody, tasks: ReadonlyMap<string, TaskDefinition>, context: TaskContext) => unknown

const builtins: Readonly<Record<string, Builtin>> = {
  'celery.map': (body, tasks, context) => {
    const { task, values } = mapped(body, tasks)
    return inTurn(values, context, (value) => task.handler(context, ...([value] as never[])))
  },
  'celery.starmap': (body, tasks, context) => {
    const { task, values } = mapped(body, tasks)
    return inTurn(values, context, (args) =>
      task.handler(context, ...(listOf(args, 'a value of celery.starmap') as never[])),
    )
  },
  'celery.chunks': (body, tasks, context) => {
    const { task, values } = mapped(body, tasks)
    return context.replace(chunks(signature(task.name), values as unknown[][], Number(body.kwargs['n'])))
  },
  'celery.accumulate': ({ args, kwargs }) => (typeof kwargs['index'] === 'number' ? args[kwargs['index']] : args),
}

/** Their definitions, so that a worker takes them like any other task. */
export const builtinTasks: ReadonlyMap<string, TaskDefinition> = new Map(
  Object.keys(builtins).map((name) => [name, { kind: 'lovage.task', name, options: {}, handler: () => null }]),
)

/**
 * How a built-in task is called; null for any other name.
 *
 * @param tasks those that it may call
 */
export function builtinCall(
  name: string,
  body: TaskBody,
  tasks: ReadonlyMap<string, TaskDefinition>,
): ((context: TaskContext) => unknown) | null {
  const builtin = Object.hasOwn(builtins, name) ? builtins[name] : undefined
  return builtin === undefined ? null : (context) => builtin(body, tasks, context)
}

async function inTurn(
  values: readonly unknown[],
  { signal }: TaskContext,
  call: (value: unknown) => unknown,
): Promise<unknown[]> {
  const results: unknown[] = []
  for (const value of values) {
    if (signal.aborted) throw signal.reason as Error
    results.push(await call(value))
  }
  // As the result of a single task: nothing is null.
  return results.map((result) => result ?? null)
}

function mapped(
  { kwargs }: TaskBody,
  tasks: ReadonlyMap<string, TaskDefinition>,
): { task: TaskDefinition; values: readonly unknown[] } {
  const { task: signature, it } = kwargs
  const name = isRecord(signature) ? signature['task'] : signature
  const task = typeof name === 'string' ? tasks.get(name) : undefined
  if (task === undefined)
    throw new PermanentError('NotRegistered', `expected the name of a task of this process, came another`)
  return { task, values: listOf(it, 'it') }
}

function listOf(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new PermanentError('TypeError', `${where}: expected a list, came a value of type ${typeof value}`)
}
