import type { Point, Stroke } from './strokes.ts'

/** A wave that moves points: how far, how long it is (in the units of the points), where it starts (radians). */
export interface Wave {
  amplitude: number
  length: number
  phase: number
}

/** Two waves: `down` moves what is at one height sideways, `across` moves what is above each other up or down. */
export interface Waves {
  down: Wave
  across: Wave
}

/** Bends a stroke. @returns the points of the bent one; the given ones stay as they are */
export function bend(stroke: Readonly<Stroke>, { down, across }: Waves): Stroke {
  return stroke.map(({ x, y }: Point) => ({ x: x + shift(y, down), y: y + shift(x, across) }))
}

function shift(at: number, { amplitude, length, phase }: Wave): number {
  return amplitude * Math.sin((2 * Math.PI * at) / length + phase)
}
