import { printable, printableJson } from './terminal-text.ts'

/** What every line has, and is shown elsewhere in it. */
const ofEveryLine = new Set(['level', 'time', 'msg', 'stack'])

/** A value that can stand without quotes: nobody could take it for two. */
const plain = /^[^\s"=\p{Cc}]+$/u

/**
 * An event of the log as people read it on a terminal: what happened, then its fields as `name=value`, all in one line; a stack, where there
 * is one, in lines below. What comes out of tasks and messages may hold anything, so a terminal is given nothing that it would act on.
 */
export function readableLine(event: Readonly<Record<string, unknown>>): string {
  const { msg, stack } = event
  const fields = Object.entries(event).filter(([name, value]) => !ofEveryLine.has(name) && value !== undefined)
  const line = [printable(String(msg)), ...fields.map(([name, value]) => `${name}=${shown(value)}`)].join(' ')
  const below = typeof stack === 'string' ? stack.split('\n').map((text) => `\n    ${printable(text.trim())}`) : []
  return line + below.join('')
}

function shown(value: unknown): string {
  return typeof value === 'string' && plain.test(value) ? printable(value) : printableJson(value)
}
