import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { ProcessOutput } from './process-output.ts'
import { program, type Exit } from './service.ts'

/** How a worker is started, again and again in the same way. */
export interface RestlessOptions {
  readonly dataDir: string
  /** Its working folder, where it finds its task files. */
  readonly cwd: string
  /** Default `worker`. */
  readonly command?: 'worker' | 'beat'
  /** Words behind the command. */
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** A program, with its words, that starts it; must take it along when it is killed. */
  readonly launcher?: readonly string[]
}

/** What a start prints when it takes tasks, or sends them. */
const banner = /^ {2}(?:tasks: .*|beat: .*(?:\n {15}\. .*)*)\n\n/m

/**
 * `lovage worker`, or `lovage beat`, of the compiled program, which must be up to date, for tests that kill it at any instant.
 *
 * 1. start: a process, not waited for.
 * 2. ready: its banner is there. A start that fails because of what was killed meanwhile is counted, and made again, as
 *    whoever watches over a process would.
 * 3. kill or stop: it ends, and is not made again. One that ends by itself after its banner is a fault.
 */
export class RestlessWorker {
  /** What starts printed that failed by themselves. */
  readonly failedStarts: string[] = []
  readonly #options: RestlessOptions
  #child: ChildProcess | null = null
  #printed: ProcessOutput | null = null
  #closed: Promise<Exit> | null = null
  #wanted = false
  #fault: Error | null = null
  readonly #killAtExit = (): void => void this.#child?.kill('SIGKILL')

  constructor(options: RestlessOptions) {
    this.#options = options
    process.once('exit', this.#killAtExit)
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** What the present process, or the last one, has printed. */
  get printed(): ProcessOutput {
    if (this.#printed === null) throw new Error('it has not been started')
    return this.#printed
  }

  start(): void {
    const { dataDir, cwd, command = 'worker', args, env, launcher = [] } = this.#options
    const { PATH, HOME, TMPDIR, LANG, TZ } = process.env
    const [file, ...words] = [...launcher, process.execPath, program, command, '--data-dir', dataDir, ...args]
    const child = spawn(file ?? '', words, {
      cwd,
      env: { PATH, HOME, TMPDIR, LANG, TZ, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const printed = new ProcessOutput(child)
    this.#child = child
    this.#printed = printed
    this.#wanted = true
    this.#closed = once(child, 'close').then(([code, signal]: unknown[]) => {
      if (this.#wanted) this.#ended(printed)
      return { code, signal } as Exit
    })
  }

  #ended(printed: ProcessOutput): void {
    if (banner.test(printed.stdout)) {
      this.#fault = new Error(`a worker ended by itself; it printed:\n${printed.text()}`)
      return
    }
    this.failedStarts.push(printed.text())
    if (this.failedStarts.length < 50) this.start()
    else this.#fault = new Error(`a worker could not be started; the last time it printed:\n${printed.text()}`)
  }

  /** @throws when it has ended by itself, or can't be started */
  check(): void {
    if (this.#fault !== null) throw this.#fault
  }

  /** Waits until the present process takes tasks. */
  async ready(): Promise<void> {
    for (;;) {
      this.check()
      const { printed } = this
      try {
        await printed.waitFor(banner, 30_000)
        return
      } catch (error) {
        await this.#closed
        // It was started again, or there is a fault.
        if (printed === this.printed && this.#fault === null) throw error
      }
    }
  }

  /** Ends the present process, now, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#wanted = false
    this.#child?.kill('SIGKILL')
    await this.#closed
  }

  /** Asks the present process to end. @param pid where a launcher is not it */
  async stop(signal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT' = 'SIGTERM', pid: number = this.pid): Promise<Exit> {
    this.#wanted = false
    process.kill(pid, signal)
    return (await this.#closed) ?? { code: null, signal: null }
  }

  /** Nothing is left of it. May be called twice. */
  async close(): Promise<void> {
    await this.kill()
    process.off('exit', this.#killAtExit)
  }
}
