import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { freemem, tmpdir } from 'node:os'
import { join } from 'node:path'
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
  mostResident: 1_500 * megabyte,
}

const tasks = (ends: string): string => `
import { appendFileSync } from 'node:fs'
import { defineTask } from '${pathToFileURL(join(projectRoot, 'dist/src/engine/task.js')).href}'
export const nothing = defineTask('memory.nothing', {}, () => null)
export const measure = defineTask('memory.measure', {}, (_context, text) => {
  appendFileSync('${ends}', text.length + '\\n')
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
  const ends = join(folder, 'ends')
  let port: number
  let server: RedisServer
  let broker: Redis
  let worker: Service | undefined

  before(() => writeFileSync(join(folder, 'memory.mjs'), tasks(ends)))
  after(() => rmSync(folder, { recursive: true, force: true }))
  beforeEach(async () => {
    writeFileSync(ends, '')
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

  for (const pool of ['threads', 'async']) {
    it(`${large.messages} messages of 50 MB each, of which 64 may run at once, with -P ${pool}`, async () => {
      const needed = large.messages * large.bytes + 2 * large.mostResident
      expect(freemem(), 'memory that is free (or lower LOVAGE_FAULT_LARGE_MESSAGES)').to.be.greaterThan(needed)
      const text = 'x'.repeat(Math.floor((large.bytes / 4) * 3))
      const element = Buffer.from(celeryMessage('memory.measure', [text]).raw)
      expect(element.length).to.be.within(large.bytes, large.bytes * 1.01)
      for (let left = large.messages; left > 0; left -= 1) await broker.lpush('celery', element)
      worker = await startWorker('-c', '64', '-P', pool)
      await eventually(() => expect(readFileSync(ends, 'utf8').trim().split('\n')).to.have.length(large.messages), {
        what: 'the end of all messages',
        timeoutMs: 200_000,
      })
      expect(new Set(readFileSync(ends, 'utf8').trim().split('\n'))).to.deep.equal(new Set([String(text.length)]))
      expect(peakBytes(worker.pid) / megabyte, 'MB at most').to.be.lessThan(large.mostResident / megabyte)
      for (const kind of ['unreadable', 'unknown', 'dead']) {
        expect(await broker.exists(`lovage:${kind}:celery`), kind).to.equal(0)
      }
      expect(worker.printed.log()).to.deep.equal([])
    })
  }
})
