import { createCanvas, Path2D } from '@napi-rs/canvas'
import { CAPTCHA_CHARACTERS, GLYPH_BOX, glyphOf } from '../../../src/app/captcha/glyphs.ts'
import { emptyMask, type Mask } from './mask.ts'

/** Pieces and templates, as numbers: fitted to one size by their bounding box, or as they lie in a window of the picture. */
export const FITTED = { width: 12, height: 15 }
export const PLACED = { width: 12, height: 16 }
/** The window that is cut out around a place, in pixels. */
export const WINDOW = { width: 64, height: 88 }

/** A bank of templates: row `n` shows the character `characters[n]`. */
export interface Bank {
  readonly size: { width: number; height: number }
  readonly rows: readonly Float32Array[]
  readonly characters: readonly string[]
}

/** Drawn from the service's own table of glyphs, which is no secret. */
export function makeBanks(): { fitted: Bank; placed: Bank } {
  const fitted = { rows: [] as Float32Array[], characters: [] as string[] }
  const placed = { rows: [] as Float32Array[], characters: [] as string[] }
  for (const character of CAPTCHA_CHARACTERS) {
    for (const lean of [-0.4, -0.2, 0, 0.2, 0.4]) {
      for (const shear of [-0.25, 0, 0.25]) {
        for (const pen of [6, 9]) {
          fitted.rows.push(fit(drawGlyph(character, { lean, shear, pen, height: 56 }), FITTED))
          fitted.characters.push(character)
        }
        for (const height of [47, 55, 63]) {
          placed.rows.push(shrink(drawGlyph(character, { lean, shear, pen: 7, height }), WINDOW, PLACED))
          placed.characters.push(character)
        }
      }
    }
  }
  return { fitted: { size: FITTED, ...fitted }, placed: { size: PLACED, ...placed } }
}

function drawGlyph(character: string, look: { lean: number; shear: number; pen: number; height: number }): Mask {
  const canvas = createCanvas(WINDOW.width, WINDOW.height)
  const context = canvas.getContext('2d')
  const scale = look.height / GLYPH_BOX.height
  context.lineCap = 'round'
  context.lineJoin = 'round'
  context.translate(WINDOW.width / 2, WINDOW.height / 2)
  context.rotate(look.lean)
  context.transform(1, 0, look.shear, 1, 0, 0)
  context.scale(scale * 1.15, scale)
  context.translate(-GLYPH_BOX.width / 2, -GLYPH_BOX.height / 2)
  context.lineWidth = look.pen / scale
  context.stroke(new Path2D(glyphOf(character)))
  const { data } = context.getImageData(0, 0, WINDOW.width, WINDOW.height)
  const mask = emptyMask(WINDOW.width, WINDOW.height)
  for (let at = 0; at < mask.data.length; at++) mask.data[at] = (data[4 * at + 3] ?? 0) > 127 ? 1 : 0
  return mask
}

/** What is inked, brought to one size. Nothing inked gives zeros. */
export function fit(mask: Mask, size: { width: number; height: number }): Float32Array {
  const { width, data } = mask
  let [left, right, top, bottom] = [Infinity, -1, Infinity, -1]
  for (const [at, ink] of data.entries()) {
    if (ink !== 1) continue
    const [x, y] = [at % width, Math.floor(at / width)]
    left = Math.min(left, x)
    right = Math.max(right, x)
    top = Math.min(top, y)
    bottom = Math.max(bottom, y)
  }
  if (right < 0) return new Float32Array(size.width * size.height)
  return sample(mask, { left, top, width: right - left + 1, height: bottom - top + 1 }, size)
}

/** The mask's middle of this window, brought to a smaller size. */
export function shrink(
  mask: Mask,
  window: { width: number; height: number },
  size: Bank['size'],
  middle = { x: mask.width / 2, y: mask.height / 2 },
): Float32Array {
  return sample(mask, { left: middle.x - window.width / 2, top: middle.y - window.height / 2, ...window }, size)
}

/** How much ink each cell of a grid over the box holds; smoothed, around their mean, and of length 1. */
function sample(
  mask: Mask,
  box: { left: number; top: number; width: number; height: number },
  size: Bank['size'],
): Float32Array {
  const cells = new Float32Array(size.width * size.height)
  const [stepX, stepY] = [box.width / size.width, box.height / size.height]
  for (let row = 0; row < size.height; row++) {
    for (let column = 0; column < size.width; column++) {
      let ink = 0
      for (let part = 0; part < 9; part++) {
        const x = Math.floor(box.left + (column + ((part % 3) + 0.5) / 3) * stepX)
        const y = Math.floor(box.top + (row + (Math.floor(part / 3) + 0.5) / 3) * stepY)
        if (x >= 0 && x < mask.width && y >= 0 && y < mask.height) ink += mask.data[y * mask.width + x] ?? 0
      }
      cells[row * size.width + column] = ink / 9
    }
  }
  return normalise(smooth(cells, size))
}

function smooth(cells: Float32Array, { width, height }: Bank['size']): Float32Array {
  return cells.map((_, at) => {
    const [x, y] = [at % width, Math.floor(at / width)]
    let [sum, weight] = [0, 0]
    for (let down = -1; down <= 1; down++) {
      for (let across = -1; across <= 1; across++) {
        if (x + across < 0 || x + across >= width || y + down < 0 || y + down >= height) continue
        const share = (2 - Math.abs(across)) * (2 - Math.abs(down))
        sum += share * (cells[at + down * width + across] ?? 0)
        weight += share
      }
    }
    return sum / weight
  })
}

function normalise(cells: Float32Array): Float32Array {
  const mean = cells.reduce((sum, one) => sum + one, 0) / cells.length
  const length = Math.sqrt(cells.reduce((sum, one) => sum + (one - mean) ** 2, 0))
  return length === 0 ? cells.fill(0) : cells.map((one) => (one - mean) / length)
}
