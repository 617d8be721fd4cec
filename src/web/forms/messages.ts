/** A text to show: as the server said it, or our own, which is read whenever it is shown and so follows the language. */
export type Message = string | (() => string)

/** Nothing to show. */
export const NOTHING: Message = ''

/** The text in the language in use. */
export function say(message: Message): string {
  return typeof message === 'string' ? message : message()
}
