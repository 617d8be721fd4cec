import { boundArguments } from '../bind-arguments.ts'
import type { TaskMessage } from '../message.ts'
import { maskedRepr } from '../python-repr.ts'
import { shortRepr } from '../short-repr.ts'
import { shownArguments, type ShownArguments } from '../shown-arguments.ts'
import type { TaskDefinition } from '../task.ts'
import { fromWire, type Json } from '../wire-value.ts'
import { readSmallArguments } from './small-arguments.ts'

/** In place of what is not to be shown, or can't be. */
export const hidden = { args: '(...)', kwargs: '{...}' } as const

/** In place of a result that may not be shown. */
const hiddenResult = '...'

/**
 * What may be shown of a message's arguments: as its sender wrote them for people to see; of a task with a mask what that gives, for a
 * sender may know nothing of the mask, and has then written all of them for everybody to see.
 *
 * @param raw the message, which can be read
 * @param task undefined: it is not known here
 */
export function visibleArguments(
  raw: Uint8Array,
  message: TaskMessage,
  task: TaskDefinition | undefined,
): ShownArguments {
  return task?.options.mask === undefined ? shownArguments(raw) : maskedArguments(message, task)
}

/** What may be shown of a result, as Python prints it, cut at `longest` characters: nothing of a task with a mask, or where none is wanted. */
export function visibleResult(
  { ignoreResult }: Pick<TaskMessage, 'ignoreResult'>,
  { options }: Pick<TaskDefinition, 'options'>,
  value: Json,
  longest: number,
): string {
  const mayShow = options.mask === undefined && options.ignoreResult !== true && !ignoreResult
  return mayShow ? shortRepr(value, longest) : hiddenResult
}

/**
 * What may be shown of a message's arguments where its task has a mask, whoever sent it. What the sender itself wrote for people to see
 * is not heeded: it may know nothing of the mask. Arguments that came by name are shown in their places.
 */
export function maskedArguments(message: TaskMessage, task: TaskDefinition): ShownArguments {
  const { mask } = task.options
  const sent = readSmallArguments(message)
  if (sent === null || mask === undefined) return hidden
  const isNamed = Object.keys(sent.kwargs).length > 0
  const places = (): readonly unknown[] => (isNamed ? inPlaces(task, sent) : sent.args.map(fromWire))
  const args = maskedRepr(mask, places)
  return { args, kwargs: isNamed && args === hidden.args ? hidden.kwargs : '{}' }
}

/** @throws PermanentError where the call does not fit the task */
function inPlaces(task: TaskDefinition, { args, kwargs }: { args: Json[]; kwargs: { [name: string]: Json } }) {
  const named = Object.fromEntries(Object.entries(kwargs).map(([name, value]) => [name, fromWire(value)]))
  return boundArguments(task, { args: args.map(fromWire), kwargs: named })
}
