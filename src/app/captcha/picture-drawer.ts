import { Worker } from 'node:worker_threads'
import { AppError } from '../errors.ts'

/** Draws a captcha's text as a PNG. */
export type DrawPicture = (text: string) => Promise<Buffer>

export interface PictureDrawerOptions {
  /** Most pictures that are asked for and not drawn yet, at least 1. */
  waiting: number
  /** How long the thread may take for one, its own start included, in milliseconds. */
  timeoutMs: number
  /** How long the thread stays without work, in milliseconds. */
  idleMs: number
}

/** Somebody who waits for a picture. */
interface Waiting {
  resolve: (picture: Buffer) => void
  reject: (error: Error) => void
}

/**
 * Draws captchas on a thread of its own, which the service's one thread would be busy with for milliseconds each.
 *
 * 1. The first picture starts the thread. It answers in the order in which it was asked.
 * 2. Over `waiting` pictures the answer is BUSY at once: the thread is that far behind already.
 * 3. Where the thread ends, or does not answer within `timeoutMs` and is ended, whoever waits for it gets UNAVAILABLE. The next
 *    picture starts another one.
 * 4. After `idleMs` without work it ends, and gives its memory back. Until then it keeps no process from ending.
 * 5. close: it ends, and no other starts.
 */
export class PictureDrawer {
  readonly #options: PictureDrawerOptions
  /** In the order in which they asked. */
  readonly #waiting: Waiting[] = []
  #thread: Worker | null = null
  /** When the thread is ended, unless it answers or is asked before. */
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: PictureDrawerOptions) {
    this.#options = options
  }

  /**
   * Draws a text.
   *
   * @returns a PNG
   * @throws AppError BUSY, UNAVAILABLE. RangeError for a character that has no glyph
   */
  async draw(text: string): Promise<Buffer> {
    if (this.#closed) throw unavailable(new Error('the drawing thread has been closed'))
    if (this.#waiting.length >= this.#options.waiting) throw new AppError('BUSY', { retryAfterSeconds: 1 })
    const thread = (this.#thread ??= this.#start())
    const picture = new Promise<Buffer>((resolve, reject) => this.#waiting.push({ resolve, reject }))
    // A thread's port, not a window: there is no origin.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    thread.postMessage(text)
    if (this.#waiting.length === 1) this.#watch(thread)
    return picture
  }

  /** Ends the thread; whoever waits for it gets UNAVAILABLE. */
  async close(): Promise<void> {
    this.#closed = true
    const thread = this.#thread
    if (thread === null) return
    this.#lose(thread, 'the drawing thread has been closed')
    await thread.terminate()
  }

  /** @throws AppError UNAVAILABLE where the system has no thread left */
  #start(): Worker {
    let thread: Worker
    try {
      thread = new Worker(new URL('drawing-bootstrap.mjs', import.meta.url), {
        name: 'captcha',
        workerData: { typescript: import.meta.url.endsWith('.ts') },
      })
    } catch (error) {
      throw unavailable(error)
    }
    thread.on('message', (reply: Uint8Array | Error) => this.#receive(thread, reply))
    thread.on('error', (error) => this.#lose(thread, error))
    thread.on('exit', (code) => this.#lose(thread, `the drawing thread exited with code ${code}`))
    return thread
  }

  #receive(thread: Worker, reply: Uint8Array | Error): void {
    // What a thread sent before it was ended comes too late.
    if (thread !== this.#thread) return
    const first = this.#waiting.shift()
    if (reply instanceof Error) first?.reject(reply)
    else first?.resolve(Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength))
    this.#watch(thread)
  }

  /** Sees to it that the thread ends when it is late with the next answer; where none is due, when it is idle for too long. */
  #watch(thread: Worker): void {
    clearTimeout(this.#timer)
    const { timeoutMs, idleMs } = this.#options
    if (this.#waiting.length === 0) {
      thread.unref()
      this.#timer = setTimeout(() => this.#lose(thread, 'the drawing thread was idle'), idleMs).unref()
    } else {
      thread.ref()
      const late = `the drawing thread did not answer within ${timeoutMs} ms`
      this.#timer = setTimeout(() => this.#lose(thread, late), timeoutMs)
    }
  }

  /** The thread is gone, or is to go. What it is told twice counts once. */
  #lose(thread: Worker, reason: string | Error): void {
    if (thread !== this.#thread) return
    this.#thread = null
    clearTimeout(this.#timer)
    void thread.terminate()
    const cause = typeof reason === 'string' ? new Error(reason) : reason
    for (const { reject } of this.#waiting.splice(0)) reject(unavailable(cause))
  }
}

/** The next try finds another thread, so it may come soon. */
function unavailable(cause: unknown): AppError {
  return new AppError('UNAVAILABLE', { cause, retryAfterSeconds: 1 })
}
