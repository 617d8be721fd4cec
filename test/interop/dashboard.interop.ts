import { join } from 'node:path'
import { expect } from 'chai'
import { databases } from '../e2e/journey.ts'
import type { LiveSnapshot, ProcessRow } from '../../src/monitor/wire-types.ts'
import { CeleryApp, celeryUrl, type CeleryWorker } from '../support/celery.ts'
import { eventually } from '../support/eventually.ts'
import { EventStream } from '../support/event-stream.ts'
import { ask } from '../support/http-request.ts'
import { startService, type Service } from '../support/service.ts'

const token = 'a-token-of-the-tests-that-is-long-enough'

/** A task that runs until a key is there. */
const source = `
import redis

@app.task(name='py.wait')
def wait(path, gate):
    client = redis.Redis(unix_socket_path=path)
    while not client.exists(gate):
        time.sleep(0.02)
`

describe('the dashboard beside a real Celery', function () {
  this.timeout(120_000)
  let service: Service
  let app: CeleryApp
  let worker: CeleryWorker
  let stream: EventStream
  let socket: string

  before(async () => {
    service = await startService({ args: ['-c', '2'], env: { MONITOR_TOKEN: token } })
    socket = join(service.dataDir, 'redis/redis.sock')
    app = new CeleryApp({ url: celeryUrl(socket, databases.broker), source })
    // With no word of tasks (-E): a worker's heartbeat, each two seconds, is all that the dashboard needs.
    worker = await app.startWorker({ queues: ['py'], concurrency: 2 })
    const { headers } = await ask(`${service.url}/monitor?token=${token}`)
    const Cookie = headers['set-cookie']?.[0]?.split(';', 1)[0] ?? ''
    stream = await EventStream.open(`${service.url}/monitor/api/live`, { Cookie })
  })
  after(async () => {
    stream?.close()
    await app?.close()
    await service?.stop()
  })

  /** Waits until Celery's process is told of so. */
  function seen(
    what: string,
    fits: (row: ProcessRow) => boolean,
  ): Promise<{ row: ProcessRow; snapshot: LiveSnapshot }> {
    return eventually(
      () => {
        const snapshot = stream.events.findLast(({ name }) => name === 'snapshot')?.data as LiveSnapshot | undefined
        const row = snapshot?.processes.find(({ kind }) => kind === 'celery')
        if (snapshot === undefined || row === undefined || !fits(row))
          throw new Error(JSON.stringify(snapshot?.processes))
        return { row, snapshot }
      },
      { what, timeoutMs: 30_000 },
    )
  }

  it("shows Celery's process beside its own, with its load and what it runs", async () => {
    const { row, snapshot } = await seen('a heartbeat', ({ state }) => state === 'online')
    expect(row.name).to.match(new RegExp(`^test-${process.pid}-1@`))
    expect(row.software).to.match(/^py-celery \d+\./)
    expect(row.load).to.have.length(3)
    expect(row).to.include({ here: false, running: 0, slots: null, memory: null })
    expect(row.lastSeen).to.be.within(snapshot.totals.time - 10_000, snapshot.totals.time + 1_000)
    expect(snapshot.processes.map(({ kind, here }) => [kind, here])).to.deep.equal([
      ['lovage', true],
      ['celery', false],
    ])
    const path = JSON.stringify(socket)
    await app.run(`for _ in range(2): app.send_task('py.wait', args=[${path}, 'gate'], queue='py')`)
    const busy = await seen('two tasks that run', ({ running }) => running === 2)
    // Of all processes together.
    expect(busy.snapshot.totals.running).to.equal(2)
    await service.redis(0).set('gate', '1')
    await seen('their ends', ({ running, processed }) => running === 0 && processed === 2)
  })

  it('says when it is gone', async () => {
    await worker.stop()
    await seen('its farewell', ({ state }) => state === 'offline')
  })
})
