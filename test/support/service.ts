import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { isAlive, parseIdentity } from '../../src/redis/process-identity.ts'
import { readDocument } from './documented-services.ts'
import { eventually } from './eventually.ts'
import { ProcessOutput } from './process-output.ts'

/** The project's folder. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url))

/** The compiled program. */
export const program = join(projectRoot, 'dist/src/cli/lovage.js')

export interface ServiceOptions {
  /** Default `serve`. */
  command?: 'serve' | 'worker'
  /** More words of the command line, behind the command. */
  args?: string[]
  /** Words in front of the command. */
  argsBefore?: string[]
  env?: Record<string, string>
  /** Data of another service, which also removes it. Default: a new folder, removed by `stop`. */
  dataDir?: string
  /** Working folder of the process; default: the data folder. */
  cwd?: string
  /** `npm`: starts it as `npm start --`; `pid` is then npm's. Default `node`. */
  through?: 'node' | 'npm'
}

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

/** A Lovage process of the compiled program. */
export interface Service {
  /** Address of the service, without a path; empty for a worker. */
  readonly url: string
  readonly pid: number
  readonly dataDir: string
  /** What it has printed. */
  readonly printed: ProcessOutput
  readonly exited: Promise<Exit>
  /** All that it has printed, on standard output and standard error. */
  output(): string
  /** Waits until a pattern is found in what it printed. Throws when it ends without it, or after 15 s. */
  waitForOutput(pattern: RegExp): Promise<RegExpExecArray>
  /** The codes that the console gateway has printed for a mobile, in their order. */
  smsCodes(mobile: string): string[]
  signal(signal: NodeJS.Signals): void
  /** A client on the embedded Redis, closed by `stop`. */
  redis(db: number): Redis
  /** Ends the process, and where the data folder is its own, the embedded Redis and the folder. May be called twice. */
  stop(): Promise<void>
}

/**
 * Starts the compiled program as a process of its own and waits until it is ready.
 *
 * 1. dist is brought up to date, once per test run.
 * 2. The process is started, with a data folder of its own and nothing of the environment that sets something.
 * 3. Its banner is awaited, and of `serve` a 200 of /readyz.
 *
 * @throws when it ends or is not ready in time, with what it printed; nothing is left behind then
 */
export async function startService(options: ServiceOptions = {}): Promise<Service> {
  await build()
  const ownData = options.dataDir === undefined
  // Short: the path of a Unix socket has 107 bytes.
  const dataDir = options.dataDir ?? realpathSync(mkdtempSync(join(tmpdir(), 'lv-')))
  const child = launch(options, dataDir)
  const { pid } = child
  if (pid === undefined) throw new Error('the program has no process id')
  const printed = new ProcessOutput(child)
  let ended = false
  // Not `exit`: of npm, what it has started may live on, and holds its output.
  const exited = once(child, 'close').then(([code, signal]): Exit => {
    ended = true
    return { code, signal }
  })
  const clients: Redis[] = []
  // A test run that ends by an exception, or by Ctrl-C, must not leave anything behind.
  const killAtExit = (): void => {
    if (!ended) endGroup(pid)
    if (ownData) killEmbeddedRedis(dataDir)
    if (ownData) rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 })
  }
  exitOnSignals()
  process.once('exit', killAtExit)

  const service = {
    url: '',
    pid,
    dataDir,
    printed,
    exited,
    output: () => printed.text(),
    waitForOutput: (pattern: RegExp) => printed.waitFor(pattern),
    smsCodes: (mobile: string) => printed.smsCodes(mobile),
    signal: (signal: NodeJS.Signals) => void process.kill(pid, signal),
    redis(db: number): Redis {
      const client = new Redis({ path: join(dataDir, 'redis/redis.sock'), db })
      client.on('error', () => {})
      clients.push(client)
      return client
    },
    async stop(): Promise<void> {
      for (const client of clients) client.disconnect()
      if (!ended) endGroup(pid)
      await exited
      process.off('exit', killAtExit)
      if (!ownData) return
      killEmbeddedRedis(dataDir)
      await eventually(() => {
        if (embeddedRedisPid(dataDir) !== null) throw new Error('it is alive')
      })
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
  try {
    if (options.command === 'worker') await printed.waitFor(/^ {2}tasks: .*\n(?: {2}metrics: .*\n)?\n/m)
    else service.url = await readyUrl(printed)
    return service
  } catch (error) {
    await service.stop()
    throw error
  }
}

/** How long a program that ends by itself may take, in milliseconds. */
const programTimeoutMs = 30_000

/**
 * Runs the compiled program to its end, or for 30 s at most.
 *
 * @param options.stopAt sends SIGTERM as soon as this is printed
 */
export async function runProgram(
  args: string[],
  options: { env?: Record<string, string>; cwd?: string; stopAt?: RegExp } = {},
): Promise<Exit & { stdout: string; stderr: string }> {
  await build()
  const child = spawn(process.execPath, [program, ...args], {
    cwd: options.cwd ?? tmpdir(),
    env: { ...cleanEnvironment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: programTimeoutMs,
    killSignal: 'SIGKILL',
  })
  const output = new ProcessOutput(child)
  const closed = once(child, 'close') as Promise<[Exit['code'], Exit['signal']]>
  if (options.stopAt !== undefined) {
    await output.waitFor(options.stopAt, programTimeoutMs)
    child.kill('SIGTERM')
  }
  const [code, signal] = await closed
  return { code, signal, stdout: output.stdout, stderr: output.stderr }
}

/** The number of the embedded Redis of a data folder, null if none runs. */
export function embeddedRedisPid(dataDir: string): number | null {
  const record = join(dataDir, 'redis/redis.pid')
  const identity = existsSync(record) ? parseIdentity(readFileSync(record, 'utf8').split('\n')[0] ?? '') : null
  return identity !== null && isAlive(identity) ? identity.pid : null
}

function launch(options: ServiceOptions, dataDir: string): ChildProcess {
  const { command = 'serve', args = [], argsBefore = [], through = 'node' } = options
  const place = [...(command === 'serve' ? ['--port', '0'] : []), '--data-dir', dataDir]
  const [file, words] =
    through === 'npm'
      ? ['npm', ['start', '--', ...place, ...args]]
      : [process.execPath, [program, ...argsBefore, command, ...place, ...args]]
  return spawn(file, words, {
    cwd: options.cwd ?? (through === 'npm' ? projectRoot : dataDir),
    env: { ...cleanEnvironment(), NODE_ENV: 'test', ...options.env },
    // A group of its own, so that npm can be ended together with what it has started.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** What a program needs to run at all: nothing that sets something of Lovage's. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, LANG, TZ } = process.env
  return { PATH, HOME, TMPDIR, LANG, TZ, NO_COLOR: '1', npm_config_update_notifier: 'false' }
}

async function readyUrl(output: ProcessOutput): Promise<string> {
  const [, url = ''] = await output.waitFor(/^ {2}url: +(http:\/\/\S+?)\/register\.html$/m)
  await eventually(
    async () => {
      const answer = await fetch(`${url}/readyz`)
      if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`)
    },
    { what: `200 of ${url}/readyz` },
  )
  await readDocument(url)
  return url
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has just ended by itself.
  }
}

function killEmbeddedRedis(dataDir: string): void {
  const pid = embeddedRedisPid(dataDir)
  if (pid !== null) process.kill(pid, 'SIGKILL')
}

let exitsOnSignals = false

/** A signal that nobody listens to ends a process without its `exit` event. */
function exitOnSignals(): void {
  if (exitsOnSignals) return
  exitsOnSignals = true
  process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143))
}

let built: Promise<void> | undefined

/** Builds what is out of date; once per test run, as it looks at every source. */
function build(): Promise<void> {
  built ??= (async () => {
    const child = spawn(process.execPath, ['scripts/build.mjs'], {
      cwd: projectRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const output = new ProcessOutput(child)
    const [code] = (await once(child, 'close')) as [number | null]
    if (code !== 0) throw new Error(`building failed:\n${output.text()}`)
  })()
  return built
}
