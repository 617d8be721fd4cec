import { boundArguments } from '../bind-arguments.ts'
import type { TaskMessage } from '../message.ts'
import { maskedRepr } from '../python-repr.ts'
import type { TaskDefinition } from '../task.ts'
import { fromWire, type Json } from '../wire-value.ts'
import { readSmallArguments } from './small-arguments.ts'

/** In place of what is not to be shown, or can't be. */
export const hidden = { args: '(...)', kwargs: '{...}' } as const

/**
 * What may be shown of a message's arguments where its task has a mask, whoever sent it. What the sender itself wrote for people to see
 * is not heeded: it may know nothing of the mask. Arguments that came by name are shown in their places.
 */
export function maskedArguments(message: TaskMessage, task: TaskDefinition): { args: string; kwargs: string } {
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
