import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { processMark } from '../../src/engine/broker/process-mark.ts'
import { eventually } from '../support/eventually.ts'
import { tell } from '../support/fault-run.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { program, runProgram } from '../support/service.ts'
import { freePort } from './free-port.ts'
import { databases } from './journey.ts'
import { celeryMessage } from './queue.ts'

const count = 20_000
const schedule = 'lovage:eta:celery'

describe('lovage drain', function () {
  this.timeout(120_000)
  let server: RedisServer
  let redis: Redis
  let url: string

  before(async () => {
    const port = await freePort()
    server = await startRedis({ args: ['--bind', '127.0.0.1', '--port', String(port)] })
    redis = new Redis({ path: server.socketPath, db: databases.broker })
    url = `redis://127.0.0.1:${port}/${databases.broker}`
  })
  after(async () => {
    redis.disconnect()
    await server.stop()
  })

  /** Puts so many on the schedule, an hour from now, a millisecond apart. @returns their ids in that order */
  async function fill(): Promise<string[]> {
    const [seconds] = await redis.time()
    const ids: string[] = []
    const pipeline = redis.pipeline()
    for (let number = 0; number < count; number += 1) {
      const { id, raw } = celeryMessage('proj.add', [number])
      ids.push(id)
      pipeline.zadd(schedule, (Number(seconds) + 3_600) * 1_000 + number, `entry-${number}`)
      pipeline.hset(`${schedule}:m`, `entry-${number}`, `celery\0${raw}`)
    }
    await pipeline.exec()
    return ids
  }

  it('is killed with -9 while it moves messages, three times, and called again: none is lost, none is doubled', async () => {
    expect(await runProgram(['--version'])).to.include({ code: 0 })
    const ids = await fill()
    const left: number[] = []
    for (let kills = 0; kills < 3; kills += 1) {
      const before = await redis.zcard(schedule)
      const child = spawn(process.execPath, [program, 'drain', '-b', url], { cwd: tmpdir(), stdio: 'ignore' })
      const closed = once(child, 'close')
      try {
        await eventually(async () => expect(await redis.zcard(schedule)).to.be.lessThan(before), { timeoutMs: 30_000 })
      } finally {
        child.kill('SIGKILL')
        await closed
      }
      const [waiting, scheduled] = await Promise.all([redis.llen('celery'), redis.zcard(schedule)])
      expect(waiting + scheduled).to.equal(count)
      expect(await redis.hlen(`${schedule}:m`)).to.equal(scheduled)
      left.push(scheduled)
      if (scheduled === 0) break
    }
    tell(`left after each kill: ${left.join(', ')} of ${count}`)
    expect(left[0], 'killed in the middle').to.be.greaterThan(0)
    expect(await runProgram(['drain', '-b', url])).to.include({ code: 0 })
    const onList = (await redis.lrange('celery', 0, -1)).toReversed()
    expect(onList.map((text) => (JSON.parse(text) as { headers: { id: string } }).headers.id)).to.deep.equal(ids)
    expect(await redis.exists(schedule, `${schedule}:m`)).to.equal(0)
  })

  it('ends with 1 where something could not be moved, and says what', async () => {
    await redis.set('broken', 'no list')
    const { raw } = celeryMessage('proj.add', [1])
    await redis.zadd('lovage:eta:broken', 1, 'entry')
    await redis.hset('lovage:eta:broken:m', 'entry', `broken\0${raw}`)
    // A start of a process that never was, at a time that never was.
    const [, , ...here] = JSON.parse(processMark()) as unknown[]
    await redis.sadd('lovage:nodes', JSON.stringify(['gone', '1', JSON.stringify([2 ** 22 + 7, '1', ...here])]))
    await redis.hset('lovage:claims:gone:1', '1', 'broken')
    await redis.rpush('lovage:claims:gone:1:1', raw, raw)
    const { code, stdout, stderr } = await runProgram(['drain', '-b', url])
    expect(code).to.equal(1)
    expect(stdout.split('\n')).to.deep.equal([
      'claimed by gone: 0 went back; 2 could not be moved',
      'scheduled on broken: 0 went back; 1 could not be moved',
      '',
    ])
    expect(stderr).to.equal('lovage: 3 messages could not be moved: a key of their queue is no list\n')
    expect(await redis.llen('lovage:claims:gone:1:1')).to.equal(2)
  })

  it('starts no embedded Redis, and says so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lv-drain-'))
    try {
      const { code, stderr } = await runProgram(['drain', '--data-dir', folder])
      expect(code).to.equal(69)
      expect(stderr).to.match(/^lovage: the embedded Redis does not run: /)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
