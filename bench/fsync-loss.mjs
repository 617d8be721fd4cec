/*
 * How many acknowledged pushes a Redis loses when it is killed with -9, by its `appendfsync`.
 *
 *   node bench/fsync-loss.mjs [--rounds 10] [--seconds 3] [--busy]
 *
 * Each round: a redis-server of its own on a Unix socket, eight connections that push as fast as they are answered, kill -9
 * at a random moment, a restart on the same append-only file, and a count of what was acknowledged and is gone. It starts
 * nothing that listens on a port, and ends by itself. `--busy`: meanwhile the same disk is written to, as on a machine that
 * does something else too; Redis then has to wait for its fsync.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '3' },
    busy: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
const connections = 8
const payload = 'x'.repeat(400)

for (const policy of ['always', 'everysec']) {
  const lost = []
  let pushed = 0
  for (let round = 0; round < rounds; round += 1) {
    const result = await oneRound(policy)
    lost.push(result.lost)
    pushed += result.acknowledged
    process.stderr.write(`${policy}, round ${round + 1}: ${result.acknowledged} acknowledged, ${result.lost} lost\n`)
  }
  lost.sort((a, b) => a - b)
  const median = lost[Math.floor(lost.length / 2)]
  process.stdout.write(
    `appendfsync ${policy}: ${pushed} acknowledged in ${rounds} rounds; lost in a round: median ${median}, most ${lost.at(-1)}\n`,
  )
}

/** @param {string} policy @returns {Promise<{ acknowledged: number, lost: number }>} */
async function oneRound(policy) {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-fsync-'))
  const path = join(folder, 'redis.sock')
  const start = () =>
    spawn(
      'redis-server',
      [
        '--port',
        '0',
        '--unixsocket',
        path,
        '--dir',
        folder,
        '--save',
        '',
        '--appendonly',
        'yes',
        '--appendfsync',
        policy,
      ],
      { stdio: 'ignore' },
    )
  try {
    const server = start()
    const clients = Array.from({ length: connections }, () =>
      new Redis({ path, maxRetriesPerRequest: null, retryStrategy: () => 50 }).on('error', () => undefined),
    )
    await clients[0].ping()
    const run = { on: true }
    const load = values.busy ? keepDiskBusy(folder, () => run.on) : Promise.resolve()
    let acknowledged = 0
    const pushing = clients.map(async (client) => {
      client.options.maxRetriesPerRequest = 0
      client.options.autoResendUnfulfilledCommands = false
      while (run.on) {
        try {
          await client.lpush('list', payload)
          acknowledged += 1
        } catch {
          return
        }
      }
    })
    await delay(seconds * 1000 * (0.5 + Math.random() / 2))
    server.kill('SIGKILL')
    await once(server, 'exit')
    run.on = false
    for (const client of clients) client.disconnect()
    await Promise.all(pushing)
    await load

    const again = start()
    const reader = new Redis({ path, maxRetriesPerRequest: null, retryStrategy: () => 50 }).on('error', () => undefined)
    const kept = await reader.llen('list')
    reader.disconnect()
    again.kill('SIGKILL')
    await once(again, 'exit')
    return { acknowledged, lost: Math.max(acknowledged - kept, 0) }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  }
}

/** Writes and syncs 64 MB at a time. @param {string} folder @param {() => boolean} goOn */
async function keepDiskBusy(folder, goOn) {
  const block = Buffer.alloc(64 * 1024 * 1024, 1)
  const file = await open(join(folder, 'load'), 'w')
  while (goOn()) {
    await file.write(block, 0, block.length, 0)
    await file.sync()
  }
  await file.close()
}
