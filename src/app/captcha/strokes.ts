import { glyphOf } from './glyphs.ts'

export interface Point {
  x: number
  y: number
}

/** One line of the pen, as corners close enough to each other that bending them bends the line. */
export type Stroke = Point[]

/** Greatest distance of two neighbours on a stroke, in units of `GLYPH_BOX`. */
const STEP = 12

/** What has been made of each glyph already: there are few, and each is drawn again and again. */
const made = new Map<string, Stroke[]>()

/**
 * The strokes of one character as points within `GLYPH_BOX`. They are shared: nobody may change them.
 *
 * @throws RangeError for what is not among `CAPTCHA_CHARACTERS`
 */
export function strokesOf(character: string): readonly Readonly<Stroke>[] {
  const known = made.get(character)
  if (known !== undefined) return known
  const strokes = trace(glyphOf(character))
  made.set(character, strokes)
  return strokes
}

/** Follows the data of an SVG path that has the absolute commands M, L, H, V and C alone, as those of the glyphs have. */
function trace(path: string): Stroke[] {
  const strokes: Stroke[] = []
  let stroke: Stroke = []
  for (const [, command = '', text = ''] of path.matchAll(/([A-Z])([^A-Z]*)/g)) {
    const numbers = text.trim().split(/\s+/).map(Number)
    for (const points of pointsOf(command, numbers, stroke.at(-1) ?? { x: 0, y: 0 })) {
      if (command === 'M') strokes.push((stroke = []))
      stroke.push(...points)
    }
  }
  return strokes
}

/** The points that each use of a command adds behind the last one. */
function* pointsOf(command: string, numbers: number[], last: Point): Generator<Point[]> {
  if (command === 'H') yield straight(last, { x: numbers[0] ?? 0, y: last.y })
  else if (command === 'V') yield straight(last, { x: last.x, y: numbers[0] ?? 0 })
  else {
    const points = pairs(numbers)
    if (command === 'M') yield points
    else if (command === 'C') {
      for (let at = 0; at < points.length; at += 3) {
        const [one = last, two = last, end = last] = points.slice(at, at + 3)
        yield curve(last, one, two, end)
        last = end
      }
    } else {
      for (const end of points) {
        yield straight(last, end)
        last = end
      }
    }
  }
}

function pairs(numbers: number[]): Point[] {
  return Array.from({ length: numbers.length / 2 }, (_, at) => ({
    x: numbers[2 * at] ?? 0,
    y: numbers[2 * at + 1] ?? 0,
  }))
}

function straight(from: Point, to: Point): Point[] {
  const steps = stepsFor(Math.hypot(to.x - from.x, to.y - from.y))
  return steps.map((part) => ({ x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part }))
}

/** A cubic Bézier curve, without the point that it starts from. */
export function curve(from: Point, one: Point, two: Point, to: Point): Point[] {
  const length =
    Math.hypot(one.x - from.x, one.y - from.y) +
    Math.hypot(two.x - one.x, two.y - one.y) +
    Math.hypot(to.x - two.x, to.y - two.y)
  return stepsFor(length).map((part) => {
    const rest = 1 - part
    const weights = [rest ** 3, 3 * rest ** 2 * part, 3 * rest * part ** 2, part ** 3] as const
    return {
      x: weights[0] * from.x + weights[1] * one.x + weights[2] * two.x + weights[3] * to.x,
      y: weights[0] * from.y + weights[1] * one.y + weights[2] * two.y + weights[3] * to.y,
    }
  })
}

/** How far along a line its points are: from behind its start, as that is the end of the one before, to 1. */
function stepsFor(length: number): number[] {
  const count = Math.max(1, Math.ceil(length / STEP))
  return Array.from({ length: count }, (_, at) => (at + 1) / count)
}
