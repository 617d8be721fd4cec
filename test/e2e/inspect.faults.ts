import { join } from 'node:path'
import { expect } from 'chai'
import { CeleryApp, celeryUrl } from '../support/celery.ts'
import { eventually } from '../support/eventually.ts'
import { runProgram, startService, type Service } from '../support/service.ts'
import { databases } from './journey.ts'

/** Needs a real Celery on this machine: not part of `npm test`. */
describe('remote control beside a real Celery', function () {
  this.timeout(120_000)
  let worker: Service
  let app: CeleryApp

  before(async () => {
    worker = await startService({ command: 'worker', args: ['-c', '1', '-n', 'lovage'] })
    app = new CeleryApp({ url: celeryUrl(join(worker.dataDir, 'redis/redis.sock'), databases.broker), source: '' })
  })
  after(async () => {
    await app?.close()
    await worker?.stop()
  })

  async function redisAnswers(): Promise<void> {
    expect(await worker.redis(databases.broker).ping()).to.equal('PONG')
  }

  function celeryInspectPing(): Promise<unknown> {
    return app.run(`
import subprocess, sys
ended = subprocess.run([sys.executable, '-m', 'celery', '-A', 'lovage_celery', 'inspect', 'ping'],
                       capture_output=True, text=True)
answer = [ended.returncode, ended.stdout]`)
  }

  const pong = [0, '->  lovage: OK\n        pong\n\n1 node online.\n']

  it('`celery inspect ping` gets its pong', async () => {
    expect(await celeryInspectPing()).to.deep.equal(pong)
  })

  it('it still does after garbage, and after a kill -9 of Redis', async () => {
    const redis = worker.redis(databases.broker)
    for (const raw of ['', 'no', '{}', Buffer.from([0xff, 0]), 'x'.repeat(2_000_000)]) {
      expect(await redis.publish(`/${databases.broker}.celery.pidbox`, raw)).to.equal(1)
    }
    expect(await celeryInspectPing()).to.deep.equal(pong)
    const server = /^process_id:(\d+)/m.exec(await redis.info('server'))?.[1]
    process.kill(Number(server), 'SIGKILL')
    await eventually(redisAnswers, { timeoutMs: 20_000 })
    await eventually(async () => {
      expect(await redis.pubsub('NUMSUB', `/${databases.broker}.celery.pidbox`)).to.include(1)
    })
    expect(await celeryInspectPing()).to.deep.equal(pong)
  })

  it('beside a Celery worker, both answer either ping', async () => {
    const celery = await app.startWorker({ pool: 'solo' })
    try {
      const answer = (await app.run('answer = app.control.ping(timeout=2)')) as Record<string, unknown>[]
      const nodes = answer.flatMap((reply) => Object.keys(reply)).toSorted((one, other) => one.localeCompare(other))
      expect(nodes).to.have.length(2).and.include('lovage')
      const { stdout } = await runProgram(['inspect', 'ping', '--json', '--data-dir', worker.dataDir])
      expect(JSON.parse(stdout)).to.have.keys(nodes)
    } finally {
      await celery.stop()
    }
  })
})
