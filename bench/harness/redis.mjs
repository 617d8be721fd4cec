import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'

/** How long a server may take to answer, in milliseconds. */
const START_MS = 10_000

/**
 * Starts a Redis server of its own on a free port of 127.0.0.1: an append-only file, no snapshots, and no rewrites of the
 * file, which would spoil the run that they fall into.
 *
 * @param {object} options
 * @param {string} options.folder its files go into a folder `redis` in there
 * @param {'everysec' | 'always'} options.appendfsync
 * @returns {Promise<import('./types.ts').RedisServer>}
 */
export async function startRedis({ folder, appendfsync }) {
  const dir = join(folder, 'redis')
  mkdirSync(dir)
  const port = await freePort()
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir,
    save: '',
    appendonly: 'yes',
    appendfsync,
    'auto-aof-rewrite-percentage': '0',
    loglevel: 'warning',
    logfile: join(dir, 'redis.log'),
  }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  const server = spawn('redis-server', args, { stdio: 'ignore' })
  const ended = once(server, 'exit')
  ended.catch(() => undefined)
  const url = (database = 0) => `redis://127.0.0.1:${port}/${database}`
  /** @type {Redis[]} */
  const clients = []
  const client = (database = 0) => {
    const added = new Redis(url(database), { maxRetriesPerRequest: null, retryStrategy: () => 20 })
    // Until the server listens; what comes later fails the command that it comes to.
    added.on('error', () => undefined)
    clients.push(added)
    return added
  }
  const stop = async () => {
    for (const open of clients) open.disconnect()
    if (server.exitCode !== null || server.signalCode !== null) return
    // Nothing of it is needed any more.
    server.kill('SIGKILL')
    await ended
  }
  const control = client()
  const late = new AbortController()
  const answered = await Promise.race([
    control.ping(),
    ended.then(() => null),
    wait(START_MS, null, { signal: late.signal }).catch(() => null),
  ])
  late.abort()
  if (answered === null) {
    await stop()
    throw new Error(`redis-server did not answer on port ${port} within ${START_MS} ms`)
  }
  return { port, pid: server.pid ?? 0, url, client, settle: () => settle(control), stop }
}

/** @param {Redis} client */
async function settle(client) {
  for (;;) {
    const info = await client.info('persistence')
    if (/aof_pending_bio_fsync:0\r/.test(info) && /aof_buffer_length:0\r/.test(info)) return
    await wait(20)
  }
}

/** @returns {Promise<number>} a port that was free just now */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}
