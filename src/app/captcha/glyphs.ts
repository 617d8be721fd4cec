/** Width and height of the box that the strokes below are drawn in; every character fills the height. */
export const GLYPH_BOX = { width: 100, height: 140 }

/**
 * The characters of the captcha as pen strokes, in the notation of SVG paths. Strokes, because a bare system has no
 * font at all, and because a font's clean outlines are what recognition programs know best.
 *
 * Of those that a person could take for another one once they are bent and touch their neighbours at most one is here: none of
 * 0 O D Q, 2 Z, 8 B, 6 G, U V; of 1 I J L the J, of 5 S the S with no corner, of A 4 the A, of X Y the X; no 7 (a leaning T),
 * M (N), F (E where a line runs below it). Fifteen remain, 50 625 texts, and a wrong guess costs a new picture.
 */
const GLYPHS: Record<string, string> = {
  A: 'M4 140 L50 2 L96 140 M22 92 H78',
  C: 'M92 34 C80 8 62 0 50 0 C22 0 6 30 6 70 C6 110 22 140 50 140 C64 140 82 130 94 106',
  E: 'M88 2 H14 V138 H92 M14 68 H80',
  H: 'M10 0 V140 M90 0 V140 M10 70 H90',
  J: 'M72 0 V98 C72 128 56 140 40 140 C20 140 8 126 6 104',
  K: 'M14 0 V140 M90 2 L16 78 M38 58 L94 140',
  N: 'M10 140 V2 L90 138 V0',
  P: 'M14 140 V2 H50 C78 2 92 16 92 40 C92 64 78 78 50 78 H14',
  R: 'M14 140 V2 H50 C76 2 90 14 90 36 C90 60 76 72 50 72 H14 M48 72 L94 140',
  S: 'M88 24 C82 8 68 0 50 0 C26 0 10 14 10 34 C10 54 26 62 50 69 C76 76 92 86 92 106 C92 128 74 140 50 140 C28 140 12 130 6 112',
  T: 'M2 2 H98 M50 2 V140',
  W: 'M0 2 L24 138 L50 44 L76 138 L100 2',
  X: 'M6 0 L94 140 M94 0 L6 140',
  3: 'M12 22 C22 6 36 0 50 0 C74 0 88 14 88 34 C88 56 70 66 42 66 C76 66 94 80 94 102 C94 126 76 140 50 140 C32 140 14 132 6 112',
  9: 'M88 46 C88 74 70 88 48 88 C22 88 8 70 8 46 C8 18 26 0 48 0 C74 0 90 18 90 58 C90 108 72 132 34 140',
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
