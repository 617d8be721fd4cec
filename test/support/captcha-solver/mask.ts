/** Which pixels of a picture are ink: 1, and which are not: 0; row by row. */
export interface Mask {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

export function emptyMask(width: number, height: number): Mask {
  return { width, height, data: new Uint8Array(width * height) }
}

/** Pixels that touch each other, also at corners, and how many they are. */
export interface Component {
  readonly area: number
  readonly left: number
  readonly right: number
  readonly mask: Mask
}

/** Adds what is within `radius` of ink. A radius of 1.5 takes in all eight neighbours. */
export function dilate(mask: Mask, radius: number): Mask {
  return sweep(mask, radius, 1)
}

/** Takes away what is within `radius` of what is no ink. */
export function erode(mask: Mask, radius: number): Mask {
  return sweep(mask, radius, 0)
}

/** Takes away what is thinner than twice the radius: lines and speckles. */
export function open(mask: Mask, radius: number): Mask {
  return dilate(erode(mask, radius), radius)
}

/** Fills what is thinner than twice the radius: cuts. */
export function close(mask: Mask, radius: number): Mask {
  return erode(dilate(mask, radius), radius)
}

/** Spreads one of the two values over its surroundings. */
function sweep({ width, height, data }: Mask, radius: number, value: 0 | 1): Mask {
  const result = { width, height, data: data.slice() }
  const reach = Math.floor(radius)
  const offsets: [number, number][] = []
  for (let down = -reach; down <= reach; down++) {
    for (let across = -reach; across <= reach; across++) {
      if (down * down + across * across <= radius * radius) offsets.push([across, down])
    }
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[y * width + x] !== value) continue
      for (const [across, down] of offsets) {
        const [toX, toY] = [x + across, y + down]
        if (toX >= 0 && toX < width && toY >= 0 && toY < height) result.data[toY * width + toX] = value
      }
    }
  }
  return result
}

/** The connected components, from left to right. */
export function components({ width, height, data }: Mask): Component[] {
  const seen = new Uint8Array(data.length)
  const found: Component[] = []
  for (let start = 0; start < data.length; start++) {
    if (data[start] !== 1 || seen[start] === 1) continue
    const mask = emptyMask(width, height)
    const left = [start]
    seen[start] = 1
    let [area, least, most] = [0, width, 0]
    for (let at = left.pop(); at !== undefined; at = left.pop()) {
      mask.data[at] = 1
      area++
      const [x, y] = [at % width, Math.floor(at / width)]
      least = Math.min(least, x)
      most = Math.max(most, x)
      for (let toY = Math.max(0, y - 1); toY <= Math.min(height - 1, y + 1); toY++) {
        for (let toX = Math.max(0, x - 1); toX <= Math.min(width - 1, x + 1); toX++) {
          const to = toY * width + toX
          if (data[to] !== 1 || seen[to] === 1) continue
          seen[to] = 1
          left.push(to)
        }
      }
    }
    found.push({ area, left: least, right: most, mask })
  }
  return found.toSorted((one, other) => one.left + one.right - other.left - other.right)
}

/** The mask without components of fewer pixels. */
export function withoutSpeckles(mask: Mask, leastArea: number): Mask {
  return union(
    components(mask).filter(({ area }) => area >= leastArea),
    mask,
  )
}

/** All that is ink in one of the components. */
export function union(parts: readonly Component[], { width, height }: Mask): Mask {
  const result = emptyMask(width, height)
  for (const { mask } of parts) {
    for (const [at, ink] of mask.data.entries()) if (ink === 1) result.data[at] = 1
  }
  return result
}
