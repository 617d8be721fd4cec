/** A call of a fake function, to be answered by the test. */
export interface Question<Args extends unknown[], Answer> {
  readonly args: Args
  readonly answer: (value: Answer) => void
  readonly fail: (error: unknown) => void
}

/** A fake of an asynchronous function: each call waits until the test answers it. */
export class Questions<Args extends unknown[], Answer> {
  readonly #asked: Question<Args, Answer>[] = []
  readonly #awaited: ((question: Question<Args, Answer>) => void)[] = []
  #count = 0

  /** The function itself. */
  readonly ask = (...args: Args): Promise<Answer> =>
    new Promise((answer, fail) => {
      this.#count += 1
      const question = { args, answer, fail }
      const next = this.#awaited.shift()
      if (next === undefined) this.#asked.push(question)
      else next(question)
    })

  /** How often it was called. */
  get count(): number {
    return this.#count
  }

  /** How many calls the test has looked at. */
  get taken(): number {
    return this.#count - this.#asked.length
  }

  /** The next call, in their order; waits until there is one. */
  next(): Promise<Question<Args, Answer>> {
    const question = this.#asked.shift()
    return question === undefined ? new Promise((resolve) => this.#awaited.push(resolve)) : Promise.resolve(question)
  }
}
