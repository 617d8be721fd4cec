/*
 * How long the dashboard waits for a page of tasks where there are as many records as are kept: of the list, by state, by name and by both, from
 * its beginning and far behind it, while others are written.
 *
 *   node scripts/build.mjs
 *   node bench/record-pages.mjs [--records 100000] [--pages 400] [--per-second 500]
 *
 * On a redis-server of its own on a Unix socket. Prints the milliseconds at the median and at the 95th and 99th percentile, and what a record takes of
 * Redis' memory.
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { BrokerKeys } from '../dist/src/engine/broker/keys.js'
import { RedisRecords } from '../dist/src/engine/broker/redis-records.js'
import { writeFacts, writeRun } from '../dist/src/engine/task-record.js'

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '100000' },
    pages: { type: 'string', default: '400' },
    'per-second': { type: 'string', default: '500' },
  },
})
const total = Number(values.records)
const pages = Number(values.pages)
const perSecond = Number(values['per-second'])
const names = Array.from({ length: 20 }, (_, index) => `shop.task_${index}`)
const nothing = { args: "('order-1234567', 3)", kwargs: '{}', masked: false, expiresAt: null, rootId: null }

/** @param {number} number @returns {import('../src/engine/broker/record-store.ts').RecordChange} nearly all went well */
function change(number) {
  const failed = number % 50 === 0
  const receivedAt = 1_790_000_000_000 + number
  /** @type {import('../src/engine/task-record.ts').RecordRun} */
  const run = {
    state: failed ? 'FAILURE' : 'SUCCESS',
    receivedAt,
    queue: 'celery',
    node: 'host-1',
    retries: 0,
    startedAt: receivedAt + 1,
    endedAt: receivedAt + 20,
    runtimeMs: 18.25,
    thread: 3,
    error: failed ? { type: 'RangeError', message: 'too far', stack: 'at somewhere\n'.repeat(40) } : null,
    result: failed ? null : "'done'",
    retryAt: null,
    progress: null,
  }
  const facts = writeFacts({ ...nothing, sentAt: receivedAt - 3, parentId: null })
  const { state } = run
  return {
    id: randomUUID(),
    name: names[number % names.length] ?? '',
    run: { key: 'abcdefghijkl.1-7', receivedAt, state, json: writeRun(run), facts, parentId: null },
    lines: [],
  }
}

/** @param {RedisRecords} records @param {number} from @param {number} count */
function fill(records, from, count) {
  return records.write(
    Array.from({ length: count }, (_, index) => change(from + index)),
    0,
  )
}

/** @param {number[]} numbers @param {number} share */
const quantile = (numbers, share) =>
  (numbers.toSorted((a, b) => a - b)[Math.ceil(numbers.length * share) - 1] ?? NaN).toFixed(2)

/** @param {RedisRecords} records @param {object} filter @param {boolean} walk goes through the pages, else asks for the first one */
async function measure(records, filter, walk) {
  const times = []
  /** @type {string | null} */
  let before = null
  for (let page = 0; page < pages; page += 1) {
    const began = performance.now()
    // One after another, as a reader does.
    // oxlint-disable-next-line no-await-in-loop
    const found = await records.page({ ...filter, limit: 50, ...(before !== null && { before }) })
    times.push(performance.now() - began)
    before = walk ? found.next : null
  }
  return `p50 ${quantile(times, 0.5)}, p95 ${quantile(times, 0.95)}, p99 ${quantile(times, 0.99)} ms`
}

const folder = mkdtempSync(join(tmpdir(), 'lovage-pages-'))
const path = join(folder, 'redis.sock')
const server = spawn('redis-server', ['--port', '0', '--unixsocket', path, '--dir', folder, '--save', ''], {
  stdio: 'ignore',
})
const redis = new Redis({ path, retryStrategy: () => 50 }).on('error', () => undefined)
const writing = new Redis({ path, retryStrategy: () => 50 }).on('error', () => undefined)
try {
  const keys = new BrokerKeys()
  const limits = { max: total, maxBytes: Number.MAX_SAFE_INTEGER, days: 7 }
  const records = new RedisRecords({ redis, keys, limits })
  const writer = new RedisRecords({ redis: writing, keys, limits })
  const used = async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1])
  const before = await used()
  for (let from = 0; from < total; from += 1_000) await fill(records, from, Math.min(1_000, total - from))
  const { count, bytes } = await records.figures()
  const each = Math.round(((await used()) - before) / count)
  process.stdout.write(`${count} records of ${each} bytes, ${Math.round(bytes / count)} by their own count\n`)

  const writes = { on: true }
  let next = total
  const write = async () => {
    while (writes.on) {
      await fill(writer, next, Math.round(perSecond / 5))
      next += Math.round(perSecond / 5)
      await wait(200)
    }
  }
  const written = write()
  for (const [what, filter, walk] of /** @type {const} */ ([
    ['the first page', {}, false],
    ['page after page', {}, true],
    ['of one state', { state: 'SUCCESS' }, true],
    ['of a rare state', { state: 'FAILURE' }, true],
    ['of one name', { name: 'shop.task_7' }, true],
    ['of one name and a rare state', { name: 'shop.task_0', state: 'FAILURE' }, true],
    ['of nothing', { name: 'nobody' }, false],
  ])) {
    process.stdout.write(`${what}: ${await measure(records, filter, walk)}\n`)
  }
  writes.on = false
  await written
} finally {
  redis.disconnect()
  writing.disconnect()
  server.kill('SIGKILL')
  await once(server, 'exit')
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
}
