import { close, open, withoutSpeckles, type Mask } from './mask.ts'

/** A picture as pixels of four bytes each. */
export interface Pixels {
  readonly width: number
  readonly height: number
  readonly data: Uint8ClampedArray
}

type Colour = [red: number, green: number, blue: number]

/** Ground and ink are told apart in several ways, and lines, cuts and speckles removed in several ways. */
export function binarise(picture: Pixels): Mask[] {
  const dark = byDarkness(picture)
  const coloured = byClusters(picture)
  return [
    withoutSpeckles(dark, 30),
    withoutSpeckles(open(close(dark, 1.5), 2), 60),
    withoutSpeckles(open(close(dark, 2), 2.9), 60),
    withoutSpeckles(open(close(coloured, 1.5), 2), 60),
  ]
}

/** Otsu's threshold on the brightness: the one that tells the two classes apart best. */
function byDarkness({ width, height, data }: Pixels): Mask {
  const brightness = new Uint8Array(width * height)
  const counts = new Float64Array(256)
  for (let at = 0; at < brightness.length; at++) {
    const [red = 0, green = 0, blue = 0] = data.subarray(4 * at, 4 * at + 3)
    const value = Math.round(0.299 * red + 0.587 * green + 0.114 * blue)
    brightness[at] = value
    counts[value] = (counts[value] ?? 0) + 1
  }
  const threshold = otsu(counts)
  return { width, height, data: brightness.map((value) => (value <= threshold ? 1 : 0)) }
}

function otsu(counts: Float64Array): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const sum = counts.reduce((all, count, value) => all + count * value, 0)
  let [best, threshold, below, sumBelow] = [-1, 127, 0, 0]
  for (const [value, count] of counts.entries()) {
    below += count
    sumBelow += count * value
    if (below === 0 || below === total) continue
    const apart = sumBelow / below - (sum - sumBelow) / (total - below)
    const variance = below * (total - below) * apart * apart
    if (variance > best) [best, threshold] = [variance, value]
  }
  return threshold
}

/** k-means on the colours: ink is each cluster that is nearer to the one farthest from the ground than to the ground. */
function byClusters({ width, height, data }: Pixels): Mask {
  const colours: Colour[] = []
  for (let at = 0; at < data.length; at += 4) colours.push([data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0])
  const centres = cluster(
    colours.filter((_, at) => at % 7 === 0),
    5,
  )
  const nearest = colours.map((colour) => nearestOf(colour, centres))
  const sizes = centres.map((_, centre) => nearest.filter((one) => one === centre).length)
  const ground = centres[sizes.indexOf(Math.max(...sizes))] ?? [255, 255, 255]
  const farthest = centres.reduce((far, centre) => (distance(centre, ground) > distance(far, ground) ? centre : far))
  const isInk = centres.map((centre) => distance(centre, farthest) < distance(centre, ground))
  return { width, height, data: Uint8Array.from(nearest, (centre) => (isInk[centre] === true ? 1 : 0)) }
}

function cluster(colours: readonly Colour[], count: number): Colour[] {
  const byBrightness = colours.toSorted((one, other) => one[0] + one[1] + one[2] - other[0] - other[1] - other[2])
  let centres = Array.from({ length: count }, (_, at): Colour => {
    return byBrightness[Math.floor(((at + 0.5) / count) * byBrightness.length)] ?? [0, 0, 0]
  })
  for (let round = 0; round < 8; round++) {
    const sums = centres.map((): [...Colour, number] => [0, 0, 0, 0])
    for (const colour of colours) {
      const sum = sums[nearestOf(colour, centres)]
      if (sum === undefined) continue
      sum[0] += colour[0]
      sum[1] += colour[1]
      sum[2] += colour[2]
      sum[3] += 1
    }
    centres = sums.map(([red, green, blue, n], at) =>
      n > 0 ? [red / n, green / n, blue / n] : (centres[at] ?? [0, 0, 0]),
    )
  }
  return centres
}

function nearestOf(colour: Colour, centres: readonly Colour[]): number {
  let [best, least] = [0, Infinity]
  for (const [at, centre] of centres.entries()) {
    const far = distance(colour, centre)
    if (far < least) [best, least] = [at, far]
  }
  return best
}

function distance(one: Colour, other: Colour): number {
  return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 + (one[2] - other[2]) ** 2
}
