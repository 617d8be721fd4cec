import type { ExitName } from './exit-codes.ts'

/** A command can not go on, for a reason that its user can mend. The message says what was expected and what came. */
export class CommandError extends Error {
  /** What the program ends with; default `failed`. */
  readonly exit: ExitName

  constructor(message: string, { exit = 'failed', ...options }: ErrorOptions & { readonly exit?: ExitName } = {}) {
    super(message, options)
    this.name = 'CommandError'
    this.exit = exit
  }
}
