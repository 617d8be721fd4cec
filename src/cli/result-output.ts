import { pythonRepr } from '../engine/python-repr.ts'
import { isRecord } from '../engine/message.ts'
import { readyStates, type ResultMeta } from '../engine/results/results.ts'
import type { Json } from '../engine/wire-value.ts'
import { CommandError } from './command-error.ts'
import { printable, printableJson } from './terminal-text.ts'

/** How a result is shown. */
export interface ResultView {
  readonly json?: boolean
  /** The traceback in place of the value. */
  readonly traceback?: boolean
}

/** What is printed of a result, and the error that the command then ends with; null: none. */
export interface ShownResult {
  readonly text: string
  readonly error: CommandError | null
}

/** @param meta null: nothing is known of it */
export function showResult(id: string, meta: ResultMeta | null, { json, traceback }: ResultView): ShownResult {
  const error = errorOf(id, meta)
  if (json === true) return { text: `${printableJson(jsonOf(id, meta))}\n`, error }
  if (traceback === true) return { text: meta?.traceback ? `${lines(meta.traceback.trimEnd())}\n` : '', error }
  return { text: error === null ? `${valueText(meta?.result ?? null)}\n` : '', error }
}

function errorOf(id: string, meta: ResultMeta | null): CommandError | null {
  const state = meta?.state ?? 'PENDING'
  if (meta === null || !readyStates.has(state)) {
    const unknown = meta === null ? ', or nobody knows of it' : ''
    return new CommandError(`task ${printable(id)} has not ended: ${printable(state)}${unknown}`, { exit: 'notYet' })
  }
  if (state !== 'SUCCESS') return new CommandError(`task ${printable(id)}: ${state}: ${failureText(meta.result)}`)
  if (meta.lost === undefined) return null
  return new CommandError(`the result of task ${printable(id)} holds ${meta.lost}`)
}

function failureText(result: Json): string {
  if (!isRecord(result)) return printable(pythonRepr(result))
  const { exc_type: type = 'Error', exc_message: message = '' } = result
  const parts: unknown[] = Array.isArray(message) ? message : [message]
  const text = parts.map((part) => (typeof part === 'string' ? part : pythonRepr(part))).join(', ')
  return printable(`${typeof type === 'string' ? type : 'Error'}: ${text}`)
}

/** As it is stored, JSON with Celery's extensions. Of what would have lost digits nothing is shown. */
function jsonOf(id: string, meta: ResultMeta | null): object {
  if (meta === null) return { id, state: 'PENDING', result: null, traceback: null }
  const { state, result, traceback, lost } = meta
  return { id, state, result: lost === undefined ? result : null, traceback, ...(lost !== undefined && { lost }) }
}

/** As Celery prints it: a text as it is, anything else as Python shows it. */
function valueText(value: Json): string {
  return typeof value === 'string' ? lines(value) : printable(pythonRepr(value))
}

function lines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}
