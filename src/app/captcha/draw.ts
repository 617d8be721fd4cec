import { createCanvas, Path2D, type SKRSContext2D } from '@napi-rs/canvas'
import { GLYPH_BOX, glyphOf } from './glyphs.ts'
import { warp } from './warp.ts'

/** Size of the picture in pixels: twice the 120 by 44 that the page shows, so that it is sharp on fine screens. */
export const PICTURE_SIZE = { width: 240, height: 88 }

const { width: WIDTH, height: HEIGHT } = PICTURE_SIZE

/**
 * Draws the picture of a captcha: overlapping characters, each leaning and sized by chance, lines through them, all
 * bent by two waves. Recognition programs fail where they can't tell where one character ends; people read on.
 *
 * The picture is compressed on a thread of its own, so the caller's thread is busy for some two milliseconds.
 *
 * @returns a PNG
 * @throws RangeError for a character that has no glyph
 */
export async function drawCaptcha(text: string): Promise<Buffer> {
  const canvas = createCanvas(WIDTH, HEIGHT)
  const context = canvas.getContext('2d')
  const hue = between(0, 360)

  context.fillStyle = `hsl(${between(0, 360)}, ${between(20, 50)}%, ${between(90, 96)}%)`
  context.fillRect(0, 0, WIDTH, HEIGHT)
  drawSpeckles(context, 60)
  drawLines(context, 3, hue)
  drawCharacters(context, text, hue)
  drawLines(context, 2, hue)

  const image = context.getImageData(0, 0, WIDTH, HEIGHT)
  image.data.set(
    warp(image, {
      down: { amplitude: between(2, 4), length: between(60, 100), phase: between(0, 6) },
      across: { amplitude: between(3, 6), length: between(90, 150), phase: between(0, 6) },
    }),
  )
  context.putImageData(image, 0, 0)
  return canvas.encode('png')
}

function drawCharacters(context: SKRSContext2D, text: string, hue: number): void {
  const characters = Array.from(text)
  const step = (WIDTH - 76) / Math.max(characters.length - 1, 1)
  context.lineCap = 'round'
  context.lineJoin = 'round'
  for (const [at, character] of characters.entries()) {
    const height = between(52, 62)
    const scale = height / GLYPH_BOX.height
    context.save()
    context.translate(38 + at * step + between(-3, 3), HEIGHT / 2 + between(-5, 5))
    context.rotate(between(-0.28, 0.28))
    context.transform(1, 0, between(-0.2, 0.2), 1, 0, 0)
    // Wider than a font would be, so that neighbours touch.
    context.scale(scale * between(1.05, 1.25), scale)
    context.translate(-GLYPH_BOX.width / 2, -GLYPH_BOX.height / 2)
    context.lineWidth = between(13, 20)
    context.strokeStyle = `hsl(${hue + between(-40, 40)}, ${between(50, 90)}%, ${between(22, 40)}%)`
    context.stroke(new Path2D(glyphOf(character)))
    context.restore()
  }
}

/** Lines from the left to the right edge, as dark and coloured as the characters, but thinner. */
function drawLines(context: SKRSContext2D, count: number, hue: number): void {
  for (let line = 0; line < count; line++) {
    context.lineWidth = between(1.5, 3)
    context.strokeStyle = `hsl(${hue + between(-60, 60)}, ${between(40, 80)}%, ${between(30, 55)}%)`
    context.beginPath()
    context.moveTo(0, between(0, HEIGHT))
    context.bezierCurveTo(
      WIDTH / 3,
      between(-20, HEIGHT + 20),
      (WIDTH / 3) * 2,
      between(-20, HEIGHT + 20),
      WIDTH,
      between(0, HEIGHT),
    )
    context.stroke()
  }
}

function drawSpeckles(context: SKRSContext2D, count: number): void {
  for (let speckle = 0; speckle < count; speckle++) {
    context.fillStyle = `hsl(${between(0, 360)}, 50%, ${between(45, 75)}%)`
    context.fillRect(between(0, WIDTH), between(0, HEIGHT), between(1, 4), between(1, 4))
  }
}

/** A number by chance. It decides how the picture looks, not what it says, so `Math.random` will do. */
function between(least: number, most: number): number {
  return least + Math.random() * (most - least)
}
