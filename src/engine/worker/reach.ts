/** Most messages that one call claims: more at once gain little, and what else the process does waits for them. */
const mostAtOnce = 64

/** And most while something else in the process is in a hurry. */
const mostInHurry = 8

/** How much room must be free, in slots, before short tasks are claimed again: not one by one as they end. */
const leastRoom = 0.75

/** How much of a new figure goes into the average. */
const share = 0.05

interface QueueReach {
  /** How many messages in a row were for short tasks, up to the most that a call claims. */
  run: number
  /** The part of a slot that they took on average; 1 where the last one was not short. */
  part: number
}

/**
 * How many messages to claim at once from each queue: as many as there are slots, where tasks are long or unknown; where they are
 * short, twice as many with each call, until one that is not short begins the count anew. So no process takes many messages
 * that it can't start at once. And few, where something else in the process is in a hurry for the event loop: an HTTP answer, say.
 */
export class Reach {
  readonly #queues = new Map<string, QueueReach>()
  readonly #inHurry: () => boolean

  /** @param inHurry whether something else in the process is */
  constructor(inHurry: () => boolean) {
    this.#inHurry = inHurry
  }

  /** A message has come from a queue, and takes such a part of a slot. */
  note(queue: string, part: number): void {
    const known = this.#queues.get(queue)
    if (known === undefined) this.#queues.set(queue, { run: part < 1 ? 1 : 0, part })
    else if (part >= 1) {
      known.run = 0
      known.part = 1
    } else {
      known.run = Math.min(known.run + 1, mostAtOnce)
      known.part = known.part >= 1 ? part : known.part + (part - known.part) * share
    }
  }

  /** How many slots so many messages of a queue would take, as those did that came from it lately. */
  slots(queue: string, count: number): number {
    return count * (this.#queues.get(queue)?.part ?? 1)
  }

  /** How many messages may be claimed. @param room how many slots are free */
  limit(queue: string, room: number): number {
    const most = this.#most(queue, room)
    return most > mostInHurry && this.#inHurry() ? mostInHurry : most
  }

  #most(queue: string, room: number): number {
    const whole = Math.floor(room)
    const { run, part } = this.#queues.get(queue) ?? { run: 0, part: 1 }
    if (part >= 1) return whole
    const fit = Math.floor(room / part)
    const most = Math.max(run, whole)
    const worthwhile = Math.min(most, Math.max(Math.floor(leastRoom / part), 1))
    return fit < worthwhile ? 0 : Math.min(fit, most)
  }
}
