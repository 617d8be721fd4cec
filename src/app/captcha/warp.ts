/** A picture as pixels of four bytes each, row by row. */
export interface Pixels {
  width: number
  height: number
  data: Uint8ClampedArray
}

/** A wave that shifts the pixels of a row or column: how far (pixels), how long it is (pixels), where it starts (radians). */
export interface Wave {
  amplitude: number
  length: number
  phase: number
}

/**
 * Bends a picture along two waves: `down` shifts each row sideways, `across` shifts each column up or down. What is
 * pulled in over the edge repeats the edge.
 *
 * @returns the pixels of the bent picture; the given ones stay as they are
 */
export function warp({ width, height, data }: Pixels, waves: { down: Wave; across: Wave }): Uint8ClampedArray {
  const source = new Uint32Array(data.buffer, data.byteOffset, width * height)
  const bent = new Uint32Array(width * height)
  const columnShifts = shifts(width, waves.across)
  const rowShifts = shifts(height, waves.down)
  let target = 0
  for (const [y, rowShift] of rowShifts.entries()) {
    for (const [x, columnShift] of columnShifts.entries()) {
      const fromX = clamp(x + rowShift, width)
      const fromY = clamp(y + columnShift, height)
      bent[target++] = source[fromY * width + fromX] ?? 0
    }
  }
  return new Uint8ClampedArray(bent.buffer)
}

function shifts(count: number, { amplitude, length, phase }: Wave): number[] {
  return Array.from({ length: count }, (_, at) => Math.round(amplitude * Math.sin((2 * Math.PI * at) / length + phase)))
}

function clamp(at: number, size: number): number {
  return Math.min(Math.max(at, 0), size - 1)
}
