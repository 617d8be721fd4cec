import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { freemem, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { eventually } from '../support/eventually.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { projectRoot, startService, type Service } from '../support/service.ts'
import { freePort } from './free-port.ts'
import { databases } from './journey.ts'
import { celeryMessage } from './queue.ts'

const megabyte = 1024 * 1024

const small = { messages: 1_000_000, workedOff: 20_000, perCommand: 5_000, mostResident: 300 * megabyte }
/** Fewer where a machine has not the memory: Redis holds them all. */
const large = {
  messages: Number(process.env['LOVAGE_FAULT_LARGE_MESSAGES'] ?? 64),
  bytes: 50_000_000,
  /** So many cross the 64 MiB that a worker holds at most. */
  atOnce: 2,
  mostResident: 1_500 * megabyte,
}

/** How long it is looked whether more is claimed, in milliseconds. */
const lookMs = 3_000

/** `measure` holds its argument until a file is there. */
const tasks = (folder: string): string => `
import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { defineTask } from '${pathToFileURL(join(projectRoot, 'dist/src/engine/task.js')).href}'
export const nothing = defineTask('memory.nothing', {}, () => null)
export const measure = defineTask('memory.measure', {}, async (_context, text) => {
  appendFileSync('${folder}/starts', 'start\\n')
  while (!existsSync('${folder}/open')) await delay(20)
  appendFileSync('${folder}/ends', text.length + '\\n')
  return text.length
})
`

/** Most that a process has ever held resident, in bytes (Linux). */
function peakBytes(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}

describe('memory of a worker is bounded whatever is on the list', function () {
  this.timeout(300_000)
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lv-memory-')))
  let port: number
  let server: RedisServer
  let broker: Redis
  let worker: Service | undefined

  before(() => writeFileSync(join(folder, 'memory.mjs'), tasks(folder)))
  after(() => rmSync(folder, { recursive: true, force: true }))
  beforeEach(async () => {
    port = await freePort()
    server = await startRedis({ args: ['--bind', '127.0.0.1', '--port', String(port)] })
    broker = new Redis({ path: server.socketPath, db: databases.broker })
  })
  afterEach(async () => {
    await worker?.stop()
    broker.disconnect()
    await server.stop()
  })

  async function startWorker(...args: string[]): Promise<Service> {
    return startService({
      command: 'worker',
      args: ['-A', 'memory', '-l', 'WARNING', ...args],
      cwd: folder,
      env: { REDIS_URL: `redis://127.0.0.1:${port}` },
    })
  }

  const lines = (file: string): string[] => readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1)

  it('1,000,000 messages', async () => {
    const { id, raw } = celeryMessage('memory.nothing')
    const numbered = raw.split(id)
    for (let start = 0; start < small.messages; start += small.perCommand) {
      const elements = Array.from({ length: small.perCommand }, (_, index) => numbered.join(`task-${start + index}`))
      await broker.lpush('celery', ...elements)
    }
    expect(await broker.llen('celery')).to.equal(small.messages)
    worker = await startWorker('-c', '4')
    const left = await eventually(
      async () => {
        const length = await broker.llen('celery')
        expect(length).to.be.at.most(small.messages - small.workedOff)
        return length
      },
      { what: 'so many messages worked off', timeoutMs: 120_000 },
    )
    expect(left, 'there is still a long list').to.be.greaterThan(small.messages / 2)
    expect(peakBytes(worker.pid) / megabyte, 'MB at most').to.be.lessThan(small.mostResident / megabyte)
    await broker.del('celery')
  })

  it(`${large.messages} messages of 50 MB each, of which 64 may run at once`, async () => {
    const needed = large.messages * large.bytes + 2 * large.mostResident
    expect(freemem(), 'memory that is free (or lower LOVAGE_FAULT_LARGE_MESSAGES)').to.be.greaterThan(needed)
    const text = 'x'.repeat(Math.floor((large.bytes / 4) * 3))
    const element = Buffer.from(celeryMessage('memory.measure', [text]).raw)
    expect(element.length).to.be.within(large.bytes, large.bytes * 1.01)
    for (let left = large.messages; left > 0; left -= 1) await broker.lpush('celery', element)
    worker = await startWorker('-c', '64', '-P', 'threads')
    await eventually(() => expect(lines('starts')).to.have.length(large.atOnce), { timeoutMs: 60_000 })
    // Nothing more is claimed while these are held. Without the bound there would be another every second.
    const waiting = await broker.llen('celery')
    expect(waiting).to.be.at.least(large.messages - 2 * large.atOnce)
    for (const end = performance.now() + lookMs; performance.now() < end; await delay(50)) {
      expect(await broker.llen('celery')).to.be.at.least(waiting)
    }
    writeFileSync(join(folder, 'open'), '')
    await eventually(() => expect(lines('ends'), worker?.printed.stderr).to.have.length(large.messages), {
      what: 'the end of all messages',
      timeoutMs: 240_000,
    })
    expect(new Set(lines('ends'))).to.deep.equal(new Set([String(text.length)]))
    expect(peakBytes(worker.pid) / megabyte, 'MB at most').to.be.lessThan(large.mostResident / megabyte)
    for (const kind of ['unreadable', 'unknown', 'dead']) {
      expect(await broker.exists(`lovage:${kind}:celery`), kind).to.equal(0)
    }
  })
})
