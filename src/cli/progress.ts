import { cut, printable } from './terminal-text.ts'

/** Before this is over nobody wonders, in milliseconds. */
const patienceMs = 500

/** A terminal, or what takes its place. */
interface ProgressOutput {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/**
 * Tells at a terminal how far something is that takes longer than half a second, in one line that is written anew. Elsewhere
 * nothing is written.
 */
export class Progress {
  readonly #output: ProgressOutput
  readonly #timer: NodeJS.Timeout | null
  #text = ''
  #visible = false

  constructor(output: ProgressOutput) {
    this.#output = output
    this.#timer = output.isTTY === true ? setTimeout(() => this.#appear(), patienceMs).unref() : null
  }

  /** Says how far it is. */
  tell(text: string): void {
    this.#text = text
    if (this.#visible) this.#draw()
  }

  /** It is done, or has failed: the line is empty again. */
  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    if (this.#visible) this.#output.write('\r\x1b[K')
    this.#visible = false
  }

  #appear(): void {
    this.#visible = true
    this.#draw()
  }

  #draw(): void {
    // A line that fills the last column would go on in the next.
    this.#output.write(`\r\x1b[K${cut(printable(this.#text), (this.#output.columns ?? 80) - 1)}`)
  }
}

/** Does something, and tells meanwhile how far it is. */
export async function withProgress<T>(work: (progress: Pick<Progress, 'tell'>) => Promise<T>): Promise<T> {
  const progress = new Progress(process.stderr)
  try {
    return await work(progress)
  } finally {
    progress.end()
  }
}
