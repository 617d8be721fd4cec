/** A command can not go on, for a reason that its user can mend. The message says what was expected and what came. */
export class CommandError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CommandError'
  }
}
