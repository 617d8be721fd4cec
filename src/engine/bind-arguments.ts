import { PermanentError } from './errors.ts'
import type { TaskBody } from './body.ts'
import { cutAt } from './python-repr.ts'
import type { TaskDefinition } from './task.ts'

/** What of a task says how its arguments are bound. */
type Callee = Pick<TaskDefinition, 'name' | 'options' | 'handler'>

/** Names come from whoever sent the message: so much of one is shown, in characters. */
const shownLength = 100

/**
 * The arguments of a call in the places that the handler has for them: those by place first, then those by name, as Python binds
 * them. A handler never runs with arguments missing: in JavaScript it would find `undefined` and go on.
 *
 * @throws PermanentError TypeError, in Python's words where the task has named its parameters
 */
export function boundArguments(task: Callee, { args, kwargs }: Pick<TaskBody, 'args' | 'kwargs'>): readonly unknown[] {
  const { params } = task.options
  const bound = Object.keys(kwargs).length === 0 ? args : withNamed(task, params, args, kwargs)
  // Behind the context. Parameters from the first one with a default on do not count.
  const least = task.handler.length - 1
  if (bound.length < least || (bound !== args && hasHole(bound, least))) refuseMissing(task, params, bound, least)
  return bound
}

function withNamed(
  task: Callee,
  params: readonly string[] | undefined,
  args: readonly unknown[],
  kwargs: TaskBody['kwargs'],
): readonly unknown[] {
  const names = Object.keys(kwargs)
  if (params === undefined) {
    refuse(task, `takes its arguments by place, came by name: ${cutAt(names.join(', '), shownLength)}`)
  }
  const bound = [...args]
  for (const name of names) {
    const place = params.indexOf(name)
    if (place === -1) refuse(task, `got an unexpected keyword argument '${cutAt(name, shownLength)}'`)
    if (place < args.length) refuse(task, `got multiple values for argument '${name}'`)
    bound[place] = kwargs[name]
  }
  // A parameter that is left out has its default: so has a place that holds nothing.
  return Array.from(bound)
}

/** What has come by message is never undefined. */
function hasHole(bound: readonly unknown[], least: number): boolean {
  return bound.slice(0, least).includes(undefined)
}

function refuseMissing(
  task: Callee,
  params: readonly string[] | undefined,
  bound: readonly unknown[],
  least: number,
): never {
  if (params === undefined) refuse(task, `takes ${least} arguments, came ${bound.length}`)
  const missing = params.slice(0, least).filter((_name, place) => bound[place] === undefined)
  const listed = new Intl.ListFormat('en-US').format(missing.map((name) => `'${name}'`))
  refuse(task, `missing ${missing.length} required positional argument${missing.length === 1 ? '' : 's'}: ${listed}`)
}

function refuse(task: Callee, reason: string): never {
  throw new PermanentError('TypeError', `${task.name}() ${reason}`)
}
