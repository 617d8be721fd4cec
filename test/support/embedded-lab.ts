import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded, type EmbeddedOptions, type EmbeddedRedis } from '../../src/redis/embedded.ts'
import { identifyProcess } from '../../src/redis/process-identity.ts'
import type { Answer, Order } from './embedded-process.ts'
import { eventually } from './eventually.ts'
import { recordingLogger, type RecordingLogger } from './recording-logger.ts'

/** A Lovage process of its own, told what to do over its channel. */
export interface ForkedLovage {
  readonly child: ChildProcess
  /** @throws what it failed with */
  tell(order: Order): Promise<Exclude<Answer, { failed: string }>>
}

/**
 * A temporary folder for embedded servers, and all that a test starts in it. Servers are found by their working folder, so
 * none can be missed (Linux only, as these tests are).
 */
export class EmbeddedLab {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'lovage-lab-')))
  readonly folder: string
  readonly logger: RecordingLogger = recordingLogger()
  readonly #embedded: EmbeddedRedis[] = []
  readonly #children: ChildProcess[] = []
  readonly #killServers = (): void => {
    for (const pid of this.servers()) process.kill(pid, 'SIGKILL')
  }

  /** @param below path of the server's folder in the temporary one */
  constructor(below = 'data/redis') {
    this.folder = join(this.root, below)
    // A test run that ends by an exception must not leave servers behind, which nothing else ends.
    process.once('exit', this.#killServers)
  }

  async start(options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedRedis> {
    const { folder, logger } = this
    const embedded = await startEmbedded({ folder, appendfsync: 'always', logger, ...options })
    this.#embedded.push(embedded)
    return embedded
  }

  /** @param detached in a process group of its own */
  async fork({ detached = false } = {}): Promise<ForkedLovage> {
    const child = fork(new URL('embedded-process.ts', import.meta.url), {
      execArgv: ['--import', 'tsx'],
      detached,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#children.push(child)
    await once(child, 'message')
    const tell: ForkedLovage['tell'] = async (order) => {
      child.send(order)
      const [answer] = (await once(child, 'message')) as [Answer]
      if (typeof answer === 'object' && 'failed' in answer) throw new Error(answer.failed)
      return answer
    }
    return { child, tell }
  }

  /** Tells a forked process to start, and returns the number of the server it found or started. */
  async startIn(lovage: ForkedLovage): Promise<number> {
    const answer = await lovage.tell({ do: 'start', folder: this.folder, appendfsync: 'always' })
    if (typeof answer !== 'object' || !('pid' in answer)) throw new Error('no pid')
    return answer.pid
  }

  /** Numbers of the living servers whose working folder is here. */
  servers(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && this.#isHere(name))
      .map(Number)
      .filter((pid) => identifyProcess(pid) !== null)
  }

  /** Writes a program to use in place of the server. `$@` are its arguments. */
  program(script: string): string {
    const file = join(this.root, 'server')
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    return file
  }

  /** Ends all that was started, whatever state it is in, and removes the folder. */
  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL')
    // They would restart the server.
    await Promise.all(this.#embedded.map((embedded) => embedded.stop().catch(() => undefined)))
    await eventually(() => {
      this.#killServers()
      if (this.servers().length > 0) throw new Error(`still there: ${this.servers().join()}`)
    })
    process.off('exit', this.#killServers)
    rmSync(this.root, { recursive: true, force: true })
  }

  #isHere(pid: string): boolean {
    try {
      // A shell is about to become a server, or will end.
      if (readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sh\n') return false
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(`${this.root}/`)
    } catch {
      return false
    }
  }
}
