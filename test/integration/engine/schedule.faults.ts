import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import type { TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { FaultLab } from '../../support/fault-lab.ts'

/** The golden message of a real Celery's `apply_async(..., countdown=...)`. */
function goldenWithEta(): { headers: Record<string, unknown>; properties: Record<string, unknown> } {
  const lines = readFileSync(new URL('../../fixtures/celery/task_messages.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
  for (const line of lines) {
    const message = JSON.parse((JSON.parse(line) as { raw: string }).raw) as ReturnType<typeof goldenWithEta>
    if (message.headers['eta'] !== null) return message
  }
  throw new Error('no golden message with an eta')
}

describe('a task that is due later', () => {
  const lab = new FaultLab()
  let engine: TestEngine

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  const serverTime = async (): Promise<number> => {
    const [seconds = 0, micros = 0] = (await engine.redis.time()).map(Number)
    return seconds * 1000 + micros / 1000
  }

  it('starts when it is due, never before, and soon after', async () => {
    engine = await lab.worker({ pool: 'async', concurrency: 20 })
    await (await engine.client.send('fault.where', [0])).get({ timeout: 10 })
    const start = Math.round(await serverTime()) + 1_500
    const due = Array.from({ length: 15 }, (_, index) => start + index * 37)
    for (const time of due) await engine.client.send('fault.stamp', [lab.notebook, time], { eta: new Date(time) })
    expect(await serverTime(), 'all were sent in time').to.be.lessThan(start)
    await eventually(() => expect(lab.notes()).to.have.length(due.length))
    const late = lab.notes().map((line) => {
      const [time = 0, at = 0] = line.split(' ').map(Number)
      return at - time
    })
    expect(Math.min(...late), 'none too early').to.be.at.least(0)
    expect(late.toSorted((a, b) => a - b)[7], 'milliseconds late, median').to.be.lessThan(50)
  })

  it('takes no slot while it waits, and those that are due together keep their order', async () => {
    engine = await lab.worker({ concurrency: 1 })
    await (await engine.client.send('fault.where', [0])).get({ timeout: 10 })
    const eta = new Date((await serverTime()) + 1_000)
    for (const number of [1, 2, 3]) {
      await engine.client.send('fault.stamp', [lab.notebook, number], { eta: new Date(eta.getTime() + number) })
    }
    expect(await (await engine.client.send('fault.where', [0])).get({ timeout: 10 })).to.be.a('number')
    expect(lab.notes()).to.deep.equal([])
    expect(await engine.redis.zcard(engine.keys.schedule('celery'))).to.equal(3)
    await eventually(() => expect(lab.notes().map((line) => line[0])).to.deep.equal(['1', '2', '3']))
    expect(await engine.redis.hlen(`${engine.keys.schedule('celery')}:m`)).to.equal(0)
  })

  it('of a Celery client is treated the same', async () => {
    engine = await lab.worker({ tasks: ['test/fixtures/tasks/proj.ts'] })
    const golden = goldenWithEta()
    // So far away that also a slow machine sees it wait.
    const due = Math.ceil(await serverTime()) + 4_000
    golden.headers['eta'] = new Date(due).toISOString().replace('Z', '+00:00')
    await engine.redis.lpush(engine.keys.list('celery'), JSON.stringify(golden))
    await eventually(async () => expect(await engine.redis.zcard(engine.keys.schedule('celery'))).to.equal(1))
    expect(Number((await engine.redis.zrange(engine.keys.schedule('celery'), '0', '0', 'WITHSCORES'))[1])).to.equal(due)
    expect(await engine.claims()).to.equal(0)
    const result = engine.client.asyncResult(String(golden.headers['id']))
    expect(await result.get({ timeout: 10 })).to.equal('done')
    expect(await serverTime()).to.be.at.least(due)
  })

  it('is promoted also while all slots of this process are taken: another may have room', async () => {
    engine = await lab.worker({ concurrency: 1, node: 'busy' })
    const { id } = await engine.client.send('fault.work', [lab.notebook, 60_000])
    await eventually(() => expect(lab.notes()).to.deep.equal([`start ${id}`]))
    // With two pools in the process, one more may be claimed and wait for its slot.
    for (const number of [1, 2]) await engine.client.send('fault.stamp', [lab.notebook, number], { countdown: 0.1 })
    await eventually(async () => expect(await engine.redis.llen(engine.keys.list('celery'))).to.equal(1))
  })

  it('is served at once when its time is past', async () => {
    engine = await lab.worker()
    const sent = await engine.client.send('fault.where', [0], { eta: new Date(0) })
    expect(await sent.get({ timeout: 10 })).to.be.a('number')
  })
})
