import { createCanvas, loadImage } from '@napi-rs/canvas'
import { CAPTCHA_CHARACTERS } from '../../../src/app/captcha/glyphs.ts'
import { binarise } from './binarise.ts'
import type { Mask } from './mask.ts'
import { PLACES, segmentations } from './segment.ts'
import { FITTED, fit, makeBanks, PLACED, shrink, WINDOW, type Bank } from './templates.ts'

/** How well each character fits a place: from -1 to 1, by the characters' order in `CAPTCHA_CHARACTERS`. */
type Scores = number[]

/** One way to read a picture: the best character of each place, and how well they fit together. */
interface Reading {
  readonly places: readonly Scores[]
  readonly fit: number
}

/**
 * A program that reads the service's captchas as programs do that are written for one kind of picture, without learning.
 *
 * 1. Ground and ink are told apart, by brightness and by colour; lines, speckles and cuts are removed by morphology.
 * 2. Each of these masks is cut into four: by connected components, where columns have little ink, along ways around the ink
 *    (drop-fall), and at the fixed places, moved a little in all directions.
 * 3. Each piece is compared with every character, drawn with several slants, shears, sizes and pens.
 * 4. All ways give their scores; the texts with the highest sums are the guesses.
 */
export class CaptchaSolver {
  readonly #banks = makeBanks()

  /** @returns the most likely texts, the best first */
  async guesses(png: Buffer, count: number): Promise<string[]> {
    const image = await loadImage(png)
    const context = createCanvas(image.width, image.height).getContext('2d')
    context.drawImage(image, 0, 0)
    const readings = binarise(context.getImageData(0, 0, image.width, image.height)).flatMap((mask) => this.#read(mask))
    return likeliest(combine(readings), count)
  }

  #read(mask: Mask): Reading[] {
    const cut = segmentations(mask).map((pieces) =>
      pieces.map((piece) => match([fit(piece, FITTED)], this.#banks.fitted)),
    )
    const placed = sweep(mask, this.#banks.placed)
    return [...cut, placed]
      .filter((places) => places.length === PLACES)
      .map((places) => ({ places, fit: Math.min(...places.map((scores) => Math.max(...scores))) }))
  }
}

/** How far apart the middles of windows are, and how far those of neighbours in a text may be, in steps of that. */
const STEP = 6
const APART = { least: 5, most: 12 }

/**
 * Looks through windows all over the picture, as the text may stand anywhere, and takes the four in which characters fit best that may
 * stand beside each other.
 */
function sweep(mask: Mask, bank: Bank): Scores[] {
  const columns: Scores[] = []
  for (let x = 20; x <= mask.width - 20; x += STEP) {
    const views = [-8, 0, 8].map((down) => shrink(mask, WINDOW, PLACED, { x, y: mask.height / 2 + down }))
    columns.push(match(views, bank))
  }
  const best = columns.map((scores) => Math.max(...scores))
  /** By column: the best sum of a text that ends there, and where its characters are. */
  let ends = best.map((sum, at) => ({ sum, ats: [at] }))
  for (let place = 1; place < PLACES; place++) {
    ends = best.map((own, at) => {
      const before = ends.slice(Math.max(0, at - APART.most), Math.max(0, at - APART.least + 1))
      const last = before.reduce((most, one) => (one.sum > most.sum ? one : most), {
        sum: -Infinity,
        ats: [] as number[],
      })
      return { sum: last.sum + own, ats: [...last.ats, at] }
    })
  }
  const { ats } = ends.reduce((most, one) => (one.sum > most.sum ? one : most))
  return ats.map((at) => columns[at] ?? [])
}

/** How well each character fits the best of some views. */
function match(views: readonly Float32Array[], bank: Bank): Scores {
  const scores = new Map<string, number>()
  for (const view of views) {
    for (const [at, row] of bank.rows.entries()) {
      let sum = 0
      for (let cell = 0; cell < row.length; cell++) sum += (row[cell] ?? 0) * (view[cell] ?? 0)
      const character = bank.characters[at] ?? ''
      if (sum > (scores.get(character) ?? -1)) scores.set(character, sum)
    }
  }
  return CAPTCHA_CHARACTERS.map((character) => scores.get(character) ?? -1)
}

/** The sum of all readings, each the heavier the better its worst place fits. */
function combine(readings: readonly Reading[]): Scores[] {
  return Array.from({ length: PLACES }, (_, place) =>
    CAPTCHA_CHARACTERS.map((_character, at) =>
      readings.reduce((sum, { places, fit }) => {
        const scores = places[place] ?? []
        return sum + Math.exp(12 * ((scores[at] ?? -1) - 1)) * Math.exp(4 * fit)
      }, 0),
    ),
  )
}

/** The texts with the highest products of their characters' scores. */
function likeliest(places: readonly Scores[], count: number): string[] {
  let texts: { text: string; score: number }[] = [{ text: '', score: 1 }]
  for (const scores of places) {
    texts = texts
      .flatMap(({ text, score }) =>
        scores.map((one, at) => ({ text: `${text}${CAPTCHA_CHARACTERS[at] ?? ''}`, score: score * one })),
      )
      .toSorted((one, other) => other.score - one.score)
      .slice(0, count)
  }
  return texts.map(({ text }) => text)
}
