/** The pools that a task can name. */
export type Lane = 'threads' | 'async' | 'solo'

/** How much short work a slot holds, in milliseconds: so that no thread need wait for more. */
const slotMs = 20

/** So many tasks at most share a slot, where nothing else is said, */
const mostPerSlot = 256
/** and so many at most share all slots: what is claimed here is not for others. */
const mostShared = 2_048

/** How long a message may wait for a slot of the only pool before it goes back to its queue, in milliseconds. */
const waitMs = 20

/**
 * Slots are counted in whole parts of this size, which add up exactly, so that what has been given back is whole again: for want of a
 * hair no slot would be free for a long task. Small enough that a slot holds no more of any part than it should.
 */
const partsPerSlot = 2 ** 32

/** What came of waiting for a slot: it is there; it took too long; there will be none any more. */
export type Slot = 'taken' | 'late' | 'closed'

interface LaneState {
  /** How many slots it has. */
  size: number
  /** How many of `partsPerSlot` are taken, and are waited for. */
  taken: number
  awaited: number
  readonly waiting: Set<{ readonly parts: number; readonly tell: (slot: Slot) => void }>
}

/**
 * Room for running tasks, per pool.
 *
 * A slot is taken before a message is claimed, but which task a message is for is only known afterwards. A task that is short
 * takes a part of a slot, and shares it with others that are short; any other takes a whole one. With two pools, a message whose
 * pool is full waits here for its turn; no more are claimed while as many wait for a pool as run in it.
 */
export class Slots {
  readonly #lanes: ReadonlyMap<Lane, LaneState>
  readonly #leastPart: number
  #size = 0
  #closed = false

  /** @param maxPerSlot most tasks that share a slot, 1 to 256; null: 256 */
  constructor(sizes: ReadonlyMap<Lane, number>, maxPerSlot: number | null = null) {
    this.#leastPart = 1 / (maxPerSlot ?? mostPerSlot)
    this.#lanes = new Map(
      [...sizes].map(([lane, size]) => [lane, { size, taken: 0, awaited: 0, waiting: new Set() } satisfies LaneState]),
    )
    this.#add()
  }

  /** How many tasks run at once in all pools together. */
  get size(): number {
    return this.#size
  }

  /** How many slots of a pool are taken. */
  taken(lane: Lane): number {
    return (this.#lanes.get(lane)?.taken ?? 0) / partsPerSlot
  }

  /** How many slots of a pool are taken, and waited for. */
  load(lane: Lane): number {
    const state = this.#lanes.get(lane)
    return state === undefined ? 0 : (state.taken + state.awaited) / partsPerSlot
  }

  /**
   * Changes how many there are of a pool. With more, whoever waits gets one; with fewer, those that are taken stay so, and nobody
   * gets one before enough are free.
   */
  resize(lane: Lane, size: number): void {
    const state = this.#lanes.get(lane)
    if (state === undefined) return
    state.size = size
    this.#add()
    this.#admit(state)
  }

  /** The part of a slot that a task takes. @param expectedMs how long it is expected to run; null: for long, or nobody knows */
  part(expectedMs: number | null): number {
    if (expectedMs === null) return 1
    return Math.min(Math.max(expectedMs / slotMs, this.#leastPart, this.#size / mostShared), 1)
  }

  /** How many slots are free for messages that are claimed now, when of those claimed before so many have not got here yet. */
  room(underWay: number): number {
    let room = (this.#size - underWay) * partsPerSlot
    let waitable = Infinity
    for (const { size, taken, awaited } of this.#lanes.values()) {
      room -= taken + awaited
      waitable = Math.min(waitable, 2 * size * partsPerSlot - taken - awaited)
    }
    return Math.max(Math.min(room, waitable), 0) / partsPerSlot
  }

  /** Takes a slot, or a part of one; or waits for it. */
  take(lane: Lane, part: number): Slot | Promise<Slot> {
    const state = this.#lanes.get(lane)
    if (state === undefined || this.#closed) return 'closed'
    const parts = whole(part)
    if (state.waiting.size === 0 && fits(state, parts)) {
      state.taken += parts
      return 'taken'
    }
    // With one pool, whoever can't start here soon may start elsewhere.
    if (this.#lanes.size === 1 && state.waiting.size >= state.size) return 'late'
    return this.#wait(state, parts)
  }

  /** Gives a slot, or a part of one, back, and on to those who wait for it. */
  release(lane: Lane, part: number): void {
    const state = this.#lanes.get(lane)
    if (state === undefined) return
    state.taken = Math.max(state.taken - whole(part), 0)
    this.#admit(state)
  }

  /** Gives what is free to those who wait. */
  #admit(state: LaneState): void {
    for (const next of state.waiting) {
      if (!fits(state, next.parts)) break
      state.taken += next.parts
      next.tell('taken')
    }
  }

  /** Nobody gets a slot any more. */
  close(): void {
    this.#closed = true
    for (const { waiting } of this.#lanes.values()) for (const { tell } of waiting) tell('closed')
  }

  #add(): void {
    this.#size = [...this.#lanes.values()].reduce((sum, { size }) => sum + size, 0)
  }

  #wait(state: LaneState, parts: number): Promise<Slot> {
    return new Promise((resolve) => {
      const timer = this.#lanes.size === 1 ? setTimeout(() => tell('late'), waitMs) : undefined
      const tell = (slot: Slot): void => {
        clearTimeout(timer)
        if (!state.waiting.delete(waiter)) return
        state.awaited -= parts
        resolve(slot)
      }
      const waiter = { parts, tell }
      state.waiting.add(waiter)
      state.awaited += parts
    })
  }
}

/** How many of `partsPerSlot` a part of a slot is: never more than it, or the last of those that make up a slot would not fit. */
function whole(part: number): number {
  return Math.max(Math.floor(part * partsPerSlot), 1)
}

function fits({ size, taken }: LaneState, parts: number): boolean {
  return taken + parts <= size * partsPerSlot
}
