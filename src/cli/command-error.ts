/** The exit code where nobody is there to be asked (EX_UNAVAILABLE of sysexits.h); Celery's too. */
export const unavailable = 69

/** A command can not go on, for a reason that its user can mend. The message says what was expected and what came. */
export class CommandError extends Error {
  /** What the program ends with; default 1. */
  readonly exitCode: number

  constructor(message: string, { exitCode = 1, ...options }: ErrorOptions & { readonly exitCode?: number } = {}) {
    super(message, options)
    this.name = 'CommandError'
    this.exitCode = exitCode
  }
}
