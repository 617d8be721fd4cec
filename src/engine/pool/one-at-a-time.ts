/** Something that is done one at a time. Whoever asks for it meanwhile, however often, has it done once more after that. */
export class OneAtATime {
  readonly #step: () => Promise<void>
  #running = false
  #again = false

  /** @param step never rejects */
  constructor(step: () => Promise<void>) {
    this.#step = step
  }

  ask(): void {
    this.#again = true
    if (!this.#running) void this.#run()
  }

  async #run(): Promise<void> {
    this.#running = true
    while (this.#again) {
      this.#again = false
      await this.#step()
    }
    this.#running = false
  }
}
