import { createInterface } from 'node:readline'
import { CommandError } from './command-error.ts'

/** Where a question is asked and answered. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: NodeJS.WritableStream
}

/**
 * Asks for a yes; anything else is a no.
 *
 * @param flag the option that stands for a yes
 * @throws CommandError where nobody is there to answer
 */
export async function confirm(
  question: string,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
  flag = '--force',
): Promise<boolean> {
  if (input.isTTY !== true) throw new CommandError(`${question} There is no terminal to ask on: expected ${flag}`)
  const lines = createInterface({ input, output })
  return new Promise((resolve) => {
    // Ctrl-D and Ctrl-C end the line without an answer.
    lines.once('close', () => resolve(false))
    lines.question(`${question} [y/N] `, (answer) => {
      resolve(/^y(es)?$/i.test(answer.trim()))
      lines.close()
    })
  })
}
