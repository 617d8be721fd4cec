import { randomUUID } from 'node:crypto'
import { outsideStrings } from './exact-json.ts'

/**
 * Takes numbers through JSON.parse and JSON.stringify as they were written: JavaScript would make 1 of 1.0 and lose digits of
 * what has more than 53 bits.
 *
 * 1. hide: they are texts now, which nobody else writes. Any number of JSON texts may go this way.
 * 2. show: they are numbers again.
 */
export class WrittenNumbers {
  readonly #mark = randomUUID()
  #hidden = false

  hide(text: string): string {
    return outsideStrings(text, (part) =>
      part.replaceAll(/-?\d[\d.eE+-]*/g, (token) => {
        if (String(Number(token)) === token) return token
        this.#hidden = true
        return `"${this.#mark}${token}"`
      }),
    )
  }

  show(text: string): string {
    return this.#hidden ? text.replaceAll(new RegExp(`"${this.#mark}([^"]*)"`, 'g'), '$1') : text
  }
}
