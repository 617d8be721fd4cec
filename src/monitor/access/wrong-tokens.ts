/** So many wrong tokens from one address, in so many milliseconds, are answered; after that none is looked at. */
const most = 10
const spanMs = 600_000

/** Of so many addresses it is remembered; the one that was heard of the longest ago is forgotten first. */
const mostAddresses = 10_000

/** Slows whoever tries tokens: a budget of wrong ones for each address. */
export class WrongTokens {
  readonly #times = new Map<string, number[]>()
  readonly #now: () => number

  /** @param now milliseconds of any clock that only goes forward */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** How long an address has to wait before a token from it is looked at, in whole seconds; 0: it need not. */
  waitSeconds(address: string): number {
    const [oldest = 0, ...others] = this.#recent(address)
    if (others.length + 1 < most) return 0
    return Math.ceil((oldest + spanMs - this.#now()) / 1000)
  }

  note(address: string): void {
    const times = [...this.#recent(address), this.#now()].slice(-most)
    // Anew at the end.
    this.#times.delete(address)
    this.#times.set(address, times)
    const [first] = this.#times.keys()
    if (this.#times.size > mostAddresses && first !== undefined) this.#times.delete(first)
  }

  #recent(address: string): number[] {
    const from = this.#now() - spanMs
    return (this.#times.get(address) ?? []).filter((time) => time > from)
  }
}
