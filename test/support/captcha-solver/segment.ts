import { components, emptyMask, union, type Component, type Mask } from './mask.ts'

/** How many characters a picture has. */
export const PLACES = 4

/** Cuts a picture into its characters, in several ways. Each gives `PLACES` masks of the picture's size. */
export function segmentations(mask: Mask): Mask[][] {
  const cuts = projectionCuts(mask)
  return [byComponents(mask), byColumns(mask, cuts), bySeams(mask, cuts)]
}

/** Connected components; small ones are joined to what is next to them, wide ones are cut where fewer than `PLACES` remain. */
function byComponents(mask: Mask): Mask[] {
  let parts = components(mask)
  while (parts.length > PLACES) parts = joinSmallest(parts, mask)
  while (parts.length < PLACES && parts.length > 0) parts = cutWidest(parts, mask)
  return parts.map((part) => part.mask)
}

function joinSmallest(parts: Component[], mask: Mask): Component[] {
  const smallest = parts.reduce((small, part) => (part.area < small.area ? part : small))
  const middle = (smallest.left + smallest.right) / 2
  const others = parts.filter((part) => part !== smallest)
  const nearest = others.reduce((near, part) => {
    const far = (one: Component) => Math.abs((one.left + one.right) / 2 - middle)
    return far(part) < far(near) ? part : near
  })
  return others.map((part) => {
    if (part !== nearest) return part
    return {
      area: part.area + smallest.area,
      left: Math.min(part.left, smallest.left),
      right: Math.max(part.right, smallest.right),
      mask: union([part, smallest], mask),
    }
  })
}

/** Cuts the widest part at the column with the least ink in its middle third. */
function cutWidest(parts: Component[], mask: Mask): Component[] {
  const widest = parts.reduce((wide, part) => (part.right - part.left > wide.right - wide.left ? part : wide))
  const ink = columnsOf(widest.mask)
  const width = widest.right - widest.left
  let at = Math.round(widest.left + width / 2)
  for (let x = Math.ceil(widest.left + width / 3); x <= widest.left + (2 * width) / 3; x++) {
    if ((ink[x] ?? 0) < (ink[at] ?? 0)) at = x
  }
  const halves = slices(widest.mask, [at]).map((half, index): Component => {
    const area = half.data.reduce((sum, one) => sum + one, 0)
    return index === 0
      ? { area, left: widest.left, right: at, mask: half }
      : { area, left: at, right: widest.right, mask: half }
  })
  return parts.flatMap((part) => (part === widest ? halves : [part])).filter((_, index) => index <= mask.width)
}

/** How many pixels of ink each column has. */
function columnsOf({ width, data }: Mask): number[] {
  const ink = Array.from({ length: width }, () => 0)
  for (const [at, one] of data.entries()) if (one === 1) ink[at % width] = (ink[at % width] ?? 0) + 1
  return ink
}

/** Three columns with little ink that cut the inked width into parts of about the same width. */
function projectionCuts(mask: Mask): number[] {
  const ink = columnsOf(mask)
  const first = Math.max(
    0,
    ink.findIndex((count) => count > 0),
  )
  const last = Math.max(
    first + PLACES,
    ink.findLastIndex((count) => count > 0),
  )
  const part = (last - first) / PLACES
  return Array.from({ length: PLACES - 1 }, (_, index) => {
    const middle = first + part * (index + 1)
    let best = Math.round(middle)
    let least = Infinity
    for (let x = Math.ceil(middle - part * 0.4); x <= middle + part * 0.4; x++) {
      const cost = (ink[x] ?? 0) + (ink[x + 1] ?? 0) / 2 + (ink[x - 1] ?? 0) / 2 + (12 * Math.abs(x - middle)) / part
      if (cost < least) [best, least] = [x, cost]
    }
    return best
  })
}

function byColumns(mask: Mask, cuts: readonly number[]): Mask[] {
  return slices(mask, cuts)
}

function slices(mask: Mask, cuts: readonly number[]): Mask[] {
  return split(
    mask,
    cuts.map((cut) => () => cut),
  )
}

/**
 * Drop-fall: each cut is a way from the top to the bottom that goes around ink where it can. All ways are looked at, not just
 * the one that a falling drop takes.
 */
function bySeams(mask: Mask, cuts: readonly number[]): Mask[] {
  const seams = cuts.map((cut) => seam(mask, cut))
  return split(
    mask,
    seams.map((xs, index) => (y: number) => xs[y] ?? cuts[index] ?? 0),
  )
}

/** How far a seam may go from the column that it starts from. */
const SWAY = 18

function seam({ width, height, data }: Mask, column: number): number[] {
  const span = 2 * SWAY + 1
  const cost = (x: number, y: number) => {
    const at = column + x - SWAY
    const ink = at >= 0 && at < width ? (data[y * width + at] ?? 0) : 0
    return 10 * ink + Math.abs(x - SWAY) * 0.05
  }
  let sums = Array.from({ length: span }, (_, x) => cost(x, 0))
  const from: number[][] = [[]]
  for (let y = 1; y < height; y++) {
    const row: number[] = []
    const next = sums.map((_, x) => {
      let best = x
      for (const other of [x - 1, x + 1]) if ((sums[other] ?? Infinity) + 0.3 < (sums[best] ?? Infinity)) best = other
      row.push(best)
      return (sums[best] ?? Infinity) + cost(x, y) + (best === x ? 0 : 0.3)
    })
    from.push(row)
    sums = next
  }
  const way = Array.from({ length: height }, () => column)
  let at = sums.indexOf(Math.min(...sums))
  for (let y = height - 1; y >= 0; y--) {
    way[y] = column + at - SWAY
    at = from[y]?.[at] ?? at
  }
  return way
}

/** Cuts along lines that tell for each row where they are. */
function split(mask: Mask, lines: readonly ((y: number) => number)[]): Mask[] {
  const { width, height, data } = mask
  const parts = Array.from({ length: lines.length + 1 }, () => emptyMask(width, height))
  for (let y = 0; y < height; y++) {
    const cuts = lines.map((line) => line(y))
    for (let x = 0; x < width; x++) {
      if (data[y * width + x] !== 1) continue
      const part = parts[cuts.filter((cut) => x >= cut).length]
      if (part !== undefined) part.data[y * width + x] = 1
    }
  }
  return parts
}
