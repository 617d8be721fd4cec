/** Numbers that look random and come again with the same seed (mulberry32, a public-domain generator by Tommy Ettinger). */
export class Random {
  #state: number

  /** @param seed a whole number; its lowest 32 bits count */
  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to, but not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number; both ends may come. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  /** Whether something happens that does so often, 0 to 1. */
  chance(probability: number): boolean {
    return this.next() < probability
  }
}

/** The seed of a fault test: LOVAGE_FAULT_SEED, else a new one. Whoever uses it prints it. */
export function faultSeed(): number {
  return wholeNumberFrom('LOVAGE_FAULT_SEED') ?? Date.now() % 1_000_000_000
}

/** How many rounds a fault test goes: LOVAGE_FAULT_ROUNDS, else the test's own number. */
export function faultRounds(usual: number): number {
  return wholeNumberFrom('LOVAGE_FAULT_ROUNDS') ?? usual
}

function wholeNumberFrom(name: string): number | null {
  const text = process.env[name] ?? ''
  if (text === '') return null
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${name}: expected a whole number of at most 9 digits, came ${text}`)
  return Number(text)
}

/** Prints what a fault test has counted: numbers that are worth more than "passed". */
export function tell(line: string): void {
  // oxlint-disable-next-line no-console
  console.log(`      ${line}`)
}
