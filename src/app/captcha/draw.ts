import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas'
import { bend, type Waves } from './bend.ts'
import { GLYPH_BOX } from './glyphs.ts'
import { curve, strokesOf, type Stroke } from './strokes.ts'

/** Size of the picture in pixels: twice the 120 by 44 that the page shows, so that it is sharp on fine screens. */
export const PICTURE_SIZE = { width: 240, height: 88 }

const { width: WIDTH, height: HEIGHT } = PICTURE_SIZE

/** A number from 0 to 1, 1 excluded. */
export type Chance = () => number

/** How a picture is drawn. Lengths are in pixels, angles in radians; of a pair of numbers one between them is taken, by chance. */
export interface Look {
  /** Height of a character, before it is bent. */
  height: Range
  /** How much wider a character is than `GLYPH_BOX` says. */
  breadth: Range
  /** Width of the pen. */
  pen: Range
  lean: Range
  shear: Range
  /** How far a character is above or below the middle. */
  shift: Range
  /** How much of their widths neighbours share. */
  overlap: Range
  /** Each character's own bends, within `GLYPH_BOX`: how far, and how long a wave is. */
  own: { amplitude: Range; length: Range }
  /** The bends of the whole picture, lines included. */
  all: { amplitude: Range; length: Range }
  /** How broad the rim of the ground's colour is that each character has where it lies over others, or over lines. */
  rim: Range
  /** Lines as dark as the characters, under them. */
  lines: { count: number; width: Range }
  /** Lines in the colour of the ground, over all. */
  cuts: { count: number; width: Range }
  speckles: number
}

type Range = readonly [least: number, most: number]

/** The look of the service's pictures. `npm run test:captcha` shows what a program makes of them. */
export const LOOK: Look = {
  height: [48, 62],
  breadth: [1, 1.45],
  pen: [5, 7.5],
  lean: [-0.24, 0.24],
  shear: [-0.2, 0.2],
  shift: [-13, 13],
  overlap: [0.12, 0.22],
  rim: [2, 3],
  own: { amplitude: [3, 5.5], length: [90, 160] },
  all: { amplitude: [3, 6], length: [90, 170] },
  lines: { count: 2, width: [3.5, 5.5] },
  cuts: { count: 1, width: [1.5, 2.5] },
  speckles: 40,
}

/**
 * Draws the picture of a captcha: overlapping characters of one ink, each leaning, sized and bent by chance, lines of the
 * same ink over them and others that cut them, and all bent once more. A program fails where it can't tell where one
 * character ends and what is part of it; people read on.
 *
 * It takes some milliseconds (docs/performance.md), so the service has it done on a thread of its own (`PictureDrawer`).
 *
 * @param chance decides how it looks, not what it says, so `Math.random` will do
 * @returns a PNG
 * @throws RangeError for a character that has no glyph
 */
export function drawCaptcha(text: string, chance: Chance = Math.random, look: Look = LOOK): Buffer {
  const canvas = createCanvas(WIDTH, HEIGHT)
  const context = canvas.getContext('2d')
  context.lineCap = 'round'
  context.lineJoin = 'round'
  const between: Between = ([least, most]) => least + chance() * (most - least)
  const bends = wavesOf(look.all, between)
  const hue = between([0, 360])

  const light = () => `hsl(${between([0, 360])}, ${between([20, 50])}%, ${between([88, 96])}%)`
  const dark = () => `hsl(${hue + between([-50, 50])}, ${between([50, 90])}%, ${between([22, 38])}%)`
  const [ground, ink] = [slope(context, between, light), slope(context, between, dark)]

  context.fillStyle = ground
  context.fillRect(0, 0, WIDTH, HEIGHT)
  for (let speckle = 0; speckle < look.speckles; speckle++) {
    context.fillStyle = `hsl(${between([0, 360])}, 50%, ${between([45, 75])}%)`
    context.fillRect(between([0, WIDTH]), between([0, HEIGHT]), between([1, 4]), between([1, 4]))
  }

  const across = () => bend(crossing(between), bends)
  for (let line = 0; line < look.lines.count; line++) draw(context, [across()], ink, between(look.lines.width))
  for (const { strokes, pen } of placeCharacters(text, look, between)) {
    const bent = strokes.map((stroke) => bend(stroke, bends))
    const rim = between(look.rim)
    if (rim > 0) draw(context, bent, ground, pen + 2 * rim)
    draw(context, bent, ink, pen)
  }
  for (let cut = 0; cut < look.cuts.count; cut++) draw(context, [across()], light(), between(look.cuts.width))
  return canvas.encodeSync('png')
}

type Gradient = ReturnType<SKRSContext2D['createLinearGradient']>

/** What can be drawn with. */
type Colour = string | Gradient

type Between = (range: Range) => number

/** The strokes of each character, where they are in the picture before all is bent, and its pen. */
function placeCharacters(text: string, look: Look, between: Between): { strokes: Stroke[]; pen: number }[] {
  const characters = Array.from(text, (character) => {
    const scale = between(look.height) / GLYPH_BOX.height
    return { character, scale, breadth: between(look.breadth), x: 0 }
  })
  const widths = characters.map(({ scale, breadth }) => GLYPH_BOX.width * scale * breadth)
  let end = 0
  for (const [at, one] of characters.entries()) {
    const width = widths[at] ?? 0
    if (at > 0) end -= ((width + (widths[at - 1] ?? 0)) / 2) * between(look.overlap)
    one.x = end + width / 2
    end += width
  }
  const left = (WIDTH - end) * between([0.2, 0.8])

  return characters.map(({ character, scale, breadth, x: middle }) => {
    const [lean, shear] = [between(look.lean), between(look.shear)]
    const [fromLeft, fromTop] = [left + middle, HEIGHT / 2 + between(look.shift)]
    const bends = wavesOf(look.own, between)
    const strokes = strokesOf(character).map((stroke) =>
      bend(stroke, bends).map(({ x, y }) => {
        const up = (y - GLYPH_BOX.height / 2) * scale
        const across = (x - GLYPH_BOX.width / 2) * scale * breadth + up * shear
        return {
          x: fromLeft + across * Math.cos(lean) - up * Math.sin(lean),
          y: fromTop + across * Math.sin(lean) + up * Math.cos(lean),
        }
      }),
    )
    return { strokes, pen: between(look.pen) }
  })
}

function wavesOf({ amplitude, length }: Look['all'], between: Between): Waves {
  const wave = () => ({ amplitude: between(amplitude), length: between(length), phase: between([0, 2 * Math.PI]) })
  return { down: wave(), across: wave() }
}

/** A line from the left edge to the right one. */
function crossing(between: Between): Stroke {
  const heights = Array.from({ length: 4 }, () => between([-10, HEIGHT + 10]))
  return curve(
    { x: -5, y: heights[0] ?? 0 },
    { x: WIDTH / 3, y: heights[1] ?? 0 },
    { x: (WIDTH / 3) * 2, y: heights[2] ?? 0 },
    { x: WIDTH + 5, y: heights[3] ?? 0 },
  )
}

/** A colour that changes over the picture, from one corner or side to the one across. */
function slope(context: SKRSContext2D, between: Between, colour: () => string): Gradient {
  const angle = between([0, 2 * Math.PI])
  const reach = { x: (Math.cos(angle) * WIDTH) / 2, y: (Math.sin(angle) * HEIGHT) / 2 }
  const gradient = context.createLinearGradient(
    WIDTH / 2 - reach.x,
    HEIGHT / 2 - reach.y,
    WIDTH / 2 + reach.x,
    HEIGHT / 2 + reach.y,
  )
  gradient.addColorStop(0, colour())
  gradient.addColorStop(1, colour())
  return gradient
}

/** Draws strokes in one colour, with a pen of this width. */
function draw(context: SKRSContext2D, strokes: Stroke[], colour: Colour, width: number): void {
  context.strokeStyle = colour
  context.lineWidth = width
  context.beginPath()
  for (const [first, ...rest] of strokes) {
    if (first === undefined) continue
    context.moveTo(first.x, first.y)
    for (const { x, y } of rest) context.lineTo(x, y)
  }
  context.stroke()
}
