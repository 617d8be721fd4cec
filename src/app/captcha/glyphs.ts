/** Width and height of the box that the strokes below are drawn in; every character fills the height. */
export const GLYPH_BOX = { width: 100, height: 140 }

/**
 * The characters of the captcha as pen strokes, in the notation of SVG paths. Strokes, because a bare system has no
 * font at all, and because a font's clean outlines are what recognition programs know best.
 *
 * Of those that a person could take for another one once they are bent and touch their neighbours at most one is here: of A 4 9 H
 * the 4, of C G O 0 D Q 6 the C, of E F L the E, of H K Y X the K and the X, of I J L U V 1 the J, of M N the M, of R P B A the R, of
 * S 3 5 8 B the S, of T 7 Y the T, of Z 2 7 the Z. Twelve remain, 20 736 texts, and a wrong guess costs a new picture.
 */
const GLYPHS: Record<string, string> = {
  C: 'M92 34 C80 8 62 0 50 0 C22 0 6 30 6 70 C6 110 22 140 50 140 C64 140 82 130 94 106',
  E: 'M88 2 H14 V138 H92 M14 68 H80',
  J: 'M72 0 V98 C72 128 56 140 40 140 C20 140 8 126 6 104',
  K: 'M14 0 V140 M90 2 L16 78 M38 58 L94 140',
  M: 'M4 140 L14 2 L50 96 L86 2 L96 140',
  R: 'M14 140 V2 H50 C76 2 90 14 90 36 C90 60 76 72 50 72 H14 M48 72 L94 140',
  S: 'M88 24 C82 8 68 0 50 0 C26 0 10 14 10 34 C10 54 26 62 50 69 C76 76 92 86 92 106 C92 128 74 140 50 140 C28 140 12 130 6 112',
  T: 'M2 2 H98 M50 2 V140',
  W: 'M0 2 L24 138 L50 44 L76 138 L100 2',
  X: 'M6 0 L94 140 M94 0 L6 140',
  Z: 'M8 2 H92 L8 138 H94',
  4: 'M68 140 V2 L4 96 H98',
}

/** What is never drawn, and which character people take for it: so read, that one is read rightly. */
const LOOKALIKES: Record<string, string> = {
  A: '4',
  F: 'E',
  G: 'C',
  N: 'M',
  O: 'C',
  P: 'R',
  U: 'J',
  Y: 'X',
  2: 'Z',
  5: 'S',
}

/** The characters that a captcha's text is made of. */
export const CAPTCHA_CHARACTERS = Object.keys(GLYPHS)

/**
 * The strokes of one character, as the data of an SVG path within `GLYPH_BOX`.
 *
 * @throws RangeError for what is not among `CAPTCHA_CHARACTERS`
 */
export function glyphOf(character: string): string {
  const glyph = Object.hasOwn(GLYPHS, character) ? GLYPHS[character] : undefined
  if (glyph === undefined) {
    throw new RangeError(
      `expected one of ${CAPTCHA_CHARACTERS.join('')} as a character of a captcha, got ${JSON.stringify(character)}`,
    )
  }
  return glyph
}

/** A text as it is compared: in upper case, with look-alikes as one character. */
export function comparable(text: string): string {
  return Array.from(text.toUpperCase(), (character) => LOOKALIKES[character] ?? character).join('')
}
