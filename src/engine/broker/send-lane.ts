/** Most messages that go with one call, and the characters from which it takes no more: a script is nobody's only one. */
const maxMessages = 256
const maxCharacters = 1_048_576

/**
 * So many calls may be on their way at once: the server need not wait for the next, nor the next for too much. Full ones gain nothing by
 * waiting for company.
 */
const maxCalls = 2
const maxFullCalls = 4

/**
 * Messages that were wanted at such different times, in milliseconds, do not go together: those of one call are given up
 * together, counted from the oldest.
 */
const maxApartMs = 100

/** How many of a group were taken, from the first on, and what the others are told. */
export interface GroupAnswer {
  readonly taken: number
  readonly refusal: Error | null
}

/** Sends messages with one call. `started`: when the oldest was wanted. */
export type SendGroup = (messages: string[], started: number) => Promise<GroupAnswer>

interface Member {
  readonly message: string
  readonly id: string
  readonly taken: (id: string) => void
  readonly refused: (reason: unknown) => void
  /** `performance.now()` at the end of the tick in which it came, or when a call was full; 0 before. */
  since: number
}

/**
 * The way onto one list: what is sent within one tick of the event loop goes with one call.
 *
 * 1. A message waits for the end of the tick, no longer, if no more than one call is on its way. Where that fills a call it goes at once: the
 *    server begins while the rest of very many is still being written.
 * 2. All that wait go, in their order; so many as one call carries.
 * 3. While two calls are on their way, four if they are full, the next messages gather: the slower the answers, the more go together.
 */
export class SendLane {
  readonly #send: SendGroup
  #waiting: Member[] = []
  /** Where in `#waiting` the first stands that has not gone. */
  #first = 0
  #calls = 0
  #isDue = false

  constructor(send: SendGroup) {
    this.#send = send
  }

  /** Whether nothing waits and nothing is on its way. */
  get isIdle(): boolean {
    return this.#calls === 0 && this.#waiting.length === 0
  }

  /** Sends a message; resolves with its id when it was taken. */
  add(message: string, id: string): Promise<string> {
    return new Promise((taken, refused) => {
      this.#waiting.push({ message, id, taken, refused, since: 0 })
      if (this.#fills && this.#mayCall) this.#flush()
      else this.#flushSoon()
    })
  }

  /** Whether a call would be full of those that wait. */
  get #fills(): boolean {
    return this.#waiting.length - this.#first >= maxMessages
  }

  get #mayCall(): boolean {
    return this.#calls < (this.#fills ? maxFullCalls : maxCalls)
  }

  #flushSoon(): void {
    if (this.#isDue) return
    this.#isDue = true
    // Behind the microtasks: whoever goes on after an answer may send again, and all of them go together.
    process.nextTick(() => this.#flush())
  }

  #flush(): void {
    this.#isDue = false
    const now = performance.now()
    for (let index = this.#waiting.length - 1; index >= this.#first; index -= 1) {
      const member = this.#waiting[index]
      if (member === undefined || member.since > 0) break
      member.since = now
    }
    while (this.#mayCall && this.#first < this.#waiting.length) void this.#call(this.#takeGroup())
  }

  #takeGroup(): Member[] {
    let end = this.#first
    let characters = 0
    const oldest = this.#waiting[end]?.since ?? 0
    do {
      characters += this.#waiting[end]?.message.length ?? 0
      end += 1
    } while (end - this.#first < maxMessages && characters < maxCharacters && this.#fits(end, oldest))
    const group = this.#waiting.slice(this.#first, end)
    this.#first = end
    if (end === this.#waiting.length) {
      this.#waiting = []
      this.#first = 0
    } else if (end > 4_096 && end * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(end)
      this.#first = 0
    }
    return group
  }

  #fits(index: number, oldest: number): boolean {
    const member = this.#waiting[index]
    return member !== undefined && member.since - oldest <= maxApartMs
  }

  async #call(group: Member[]): Promise<void> {
    this.#calls += 1
    try {
      const messages = group.map(({ message }) => message)
      const { taken, refusal } = await this.#send(messages, group[0]?.since ?? 0)
      group.forEach((member, index) => (index < taken ? member.taken(member.id) : member.refused(refusal)))
    } catch (error) {
      for (const { refused } of group) refused(error)
    } finally {
      this.#calls -= 1
      if (this.#first < this.#waiting.length) this.#flushSoon()
    }
  }
}
