import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort } from '../e2e/free-port.ts'
import { eventually } from './eventually.ts'

/** Makes a server load slowly, and answer meanwhile. The delay is per key, in microseconds. */
export const slowLoading = (delay: number): string[] => [
  '--key-load-delay',
  String(delay),
  '--loading-process-events-interval-bytes',
  '1024',
]

/** A `redis-server` on a loopback port that can be killed and started again, with what it had written to its file. */
export class RestartableRedis {
  readonly port: number
  readonly #folder = mkdtempSync(join(tmpdir(), 'lovage-restart-'))
  readonly #clients: Redis[] = []
  #server: ChildProcess | null = null
  readonly #killAtExit = (): void => void this.#server?.kill('SIGKILL')

  private constructor(port: number) {
    this.port = port
    process.once('exit', this.#killAtExit)
  }

  /** Starts one and waits until it answers. */
  static async start(): Promise<RestartableRedis> {
    const redis = new RestartableRedis(await freePort())
    redis.launch()
    await redis.answers()
    return redis
  }

  /** Its address, without a database. */
  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Starts the server again, and does not wait for it. @param args more arguments */
  launch(args: string[] = []): void {
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder]
    const kept = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always', '--aof-use-rdb-preamble', 'yes']
    this.#server = spawn('redis-server', [...place, ...kept, ...args], { stdio: 'ignore' })
  }

  /** Waits until the server answers, which it does not do before it has loaded its data. */
  async answers(timeoutMs = 10_000): Promise<void> {
    const client = this.client(0)
    await eventually(async () => expectPong(await client.ping()), { what: 'an answer of redis-server', timeoutMs })
  }

  /** A client for looking and setting, closed by `stop`. */
  client(db: number): Redis {
    const client = new Redis({ port: this.port, db, maxRetriesPerRequest: 0, retryStrategy: () => 50 })
    client.on('error', () => undefined)
    this.#clients.push(client)
    return client
  }

  signal(signal: NodeJS.Signals): void {
    this.#server?.kill(signal)
  }

  /** Ends the server at once; what it has written stays. */
  async kill(): Promise<void> {
    const server = this.#server
    if (server === null || server.exitCode !== null || server.signalCode !== null) return
    const exited = once(server, 'exit')
    server.kill('SIGKILL')
    await exited
  }

  /** Ends the server and removes what it has written. May be called twice. */
  async stop(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.disconnect()
    await this.kill()
    process.off('exit', this.#killAtExit)
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
}

function expectPong(answer: string): void {
  if (answer !== 'PONG') throw new Error(`expected PONG, came ${answer}`)
}
