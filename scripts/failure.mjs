import { say } from './say.mjs'

/** Something that went wrong for a reason that the message explains: no stack trace is wanted. */
export class SetUpError extends Error {
  /** What the failed command printed. */
  output

  /** @param {string} message @param {string} [output] */
  constructor(message, output = '') {
    super(message)
    this.output = output
  }
}

/**
 * Does the work; when it fails for a reason that can be explained, explains it and ends the process with exit code 1.
 *
 * @param {() => Promise<void>} work
 */
export async function exitOnFailure(work) {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error
    if (error.output !== '') process.stderr.write(`${error.output}\n`)
    say(error.message)
    process.exit(1)
  }
}
