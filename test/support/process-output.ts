import type { ChildProcess } from 'node:child_process'

/** What a process has printed so far, and a way to wait for more. */
export class ProcessOutput {
  stdout = ''
  stderr = ''
  readonly #watchers = new Set<() => void>()
  #closed = false

  constructor(child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.#notify()
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
      this.#notify()
    })
    child.once('close', () => {
      this.#closed = true
      this.#notify()
    })
  }

  text(): string {
    return `${this.stdout}${this.stderr}`
  }

  /** The lines of the log: one JSON object a line on standard error. Other lines are left out. */
  log(): Record<string, unknown>[] {
    const whole = this.stderr.slice(0, this.stderr.lastIndexOf('\n') + 1)
    const lines = whole.split('\n').filter((line) => line.startsWith('{'))
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  /** The codes that the console gateway has printed for a mobile, in their order. */
  smsCodes(mobile: string): string[] {
    const messages = this.stdout.matchAll(/^\[sms\] (\d+): your code is (\d{6}),/gm)
    return [...messages].flatMap(([, to, code = '']) => (to === mobile ? [code] : []))
  }

  /**
   * Waits until a pattern is found in standard output or standard error.
   *
   * @throws with what was printed, when the process ends without it, or after `timeoutMs`
   */
  async waitFor(pattern: RegExp, timeoutMs = 15_000): Promise<RegExpExecArray> {
    return this.until(() => pattern.exec(this.stdout) ?? pattern.exec(this.stderr), String(pattern), timeoutMs)
  }

  /** Waits until `look` finds something; it is asked whenever something was printed. Throws as `waitFor` does. */
  async until<T>(look: () => T | null | undefined, what: string, timeoutMs = 15_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (deliver: () => void): void => {
        clearTimeout(clock)
        this.#watchers.delete(watcher)
        deliver()
      }
      const fail = (reason: string): void =>
        settle(() => reject(new Error(`expected ${what}, but ${reason}; it printed:\n${this.text()}`)))
      const watcher = (): void => {
        const found = look()
        if (found !== null && found !== undefined) settle(() => resolve(found))
        else if (this.#closed) fail('the process ended')
      }
      const clock = setTimeout(() => fail(`it did not come within ${timeoutMs} ms`), timeoutMs)
      this.#watchers.add(watcher)
      watcher()
    })
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher()
  }
}
