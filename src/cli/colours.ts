/** What text can look like, by the terminal's codes for its beginning and its end (ECMA-48, 8.3.117). */
const codes = { bold: [1, 22], faint: [2, 22], red: [31, 39], green: [32, 39] } as const

/** Makes text look so. */
export type Paint = (look: keyof typeof codes, text: string) => string

/**
 * How text is painted on an output: not at all where it is no terminal or one without colours, or where NO_COLOR is set.
 *
 * @param output `hasColors` is that of Node's terminals, which look at NO_COLOR
 */
export function painter(output: { hasColors?: () => boolean }): Paint {
  if (output.hasColors?.() !== true) return (_look, text) => text
  return (look, text) => `\x1b[${codes[look][0]}m${text}\x1b[${codes[look][1]}m`
}
