import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './eventually.ts'

export interface RedisServer {
  /** The Unix socket it listens on; there is no TCP port. */
  socketPath: string
  pid: number
  /** Ends the server and removes its folder. May be called twice, and when the server is already dead. */
  stop(): Promise<void>
}

/**
 * Starts a `redis-server` of its own for a test file, on a Unix socket in a new temporary folder, and waits until it
 * answers. It keeps nothing on disk unless `args` say so.
 *
 * @param options.args more arguments, such as `['--appendonly', 'yes']`; `--dir` is the temporary folder
 * @throws when the server ends, or does not answer within 10 s
 */
export async function startRedis(options: { args?: string[] } = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-redis-'))
  const socketPath = join(folder, 'redis.sock')
  const place = ['--port', '0', '--unixsocket', socketPath, '--unixsocketperm', '700', '--dir', folder]
  const server = spawn('redis-server', [...place, '--save', '', '--appendonly', 'no', ...(options.args ?? [])], {
    stdio: 'ignore',
  })
  const exited = once(server, 'exit')
  await once(server, 'spawn')
  const { pid } = server
  if (pid === undefined) throw new Error('redis-server has no process id')

  // A test run that ends by an exception must not leave its server behind.
  const killAtExit = (): void => void server.kill('SIGKILL')
  process.once('exit', killAtExit)

  async function stop(): Promise<void> {
    // SIGKILL, as a test may have stopped (SIGSTOP) the process; there is nothing to save.
    if (server.exitCode === null && server.signalCode === null) server.kill('SIGKILL')
    await exited
    process.off('exit', killAtExit)
    // A child that rewrites its log outlives the server for a moment, and still writes.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }

  try {
    await eventually(() => ping(socketPath), { what: 'an answer of redis-server' })
  } catch (error) {
    await stop()
    throw error
  }
  return { socketPath, pid, stop }
}

async function ping(socketPath: string): Promise<void> {
  const socket = connect(socketPath)
  try {
    await once(socket, 'connect')
    socket.write('PING\r\n')
    const [answer]: unknown[] = await once(socket, 'data')
    if (String(answer) !== '+PONG\r\n') throw new Error(`expected +PONG, got ${JSON.stringify(String(answer))}`)
  } finally {
    socket.destroy()
  }
}
