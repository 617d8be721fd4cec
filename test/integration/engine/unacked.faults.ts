import { expect } from 'chai'
import { Redis } from 'ioredis'
import { BrokerKeys } from '../../../src/engine/broker/keys.ts'
import { Unacked } from '../../../src/engine/broker/unacked.ts'
import { CeleryApp, CeleryWorker, celeryUrl } from '../../support/celery.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

/** Runs only with a real Celery on this machine: not part of `npm test`. */
describe('our restorer beside a real Celery', function () {
  this.timeout(120_000)
  const keys = new BrokerKeys()
  const visibilityTimeoutMs = 2_000
  let server: RedisServer
  let redis: Redis
  let app: CeleryApp | null = null
  let dropped = 0

  beforeEach(async () => {
    server = await startRedis()
    redis = new Redis({ path: server.socketPath, db: 10 })
    dropped = 0
  })
  afterEach(async () => {
    await app?.close()
    app = null
    redis.disconnect()
    await server.stop()
  })

  function restorer(client = redis): Unacked {
    const asideLimits = { max: 100, days: 1 }
    const onDropped = (_: string, count: number): void => void (dropped += count)
    return new Unacked({ redis: client, keys, visibilityTimeoutMs, asideLimits, onDropped })
  }

  async function ages(): Promise<number[]> {
    const scores = await redis.zrange(keys.unackedIndex(), '0', '-1', 'WITHSCORES')
    const [seconds] = await redis.time()
    return scores.flat().flatMap((score, index) => (index % 2 === 1 ? [Number(seconds) - Number(score)] : []))
  }

  it('a worker is killed with -9 while it runs tasks: none is lost, and all run', async () => {
    const source = `
import redis
client = redis.Redis(unix_socket_path=${JSON.stringify(server.socketPath)}, db=5)

@app.task(bind=True)
def hold(self, number):
    client.rpush('started', number)
    while not client.exists('open'):
        time.sleep(0.05)
    info = self.request.delivery_info
    return [number, bool(info.get('redelivered'))]
`
    // Celery's own sweep comes too late to be the one that restores.
    const conf = {
      task_acks_late: true,
      task_reject_on_worker_lost: true,
      worker_prefetch_multiplier: 2,
      broker_transport_options: { visibility_timeout: 3600 },
    }
    app = new CeleryApp({ url: celeryUrl(server.socketPath), source, conf })
    const gate = new Redis({ path: server.socketPath, db: 5 })
    try {
      const queues = ['celery', 'second']
      const first = await app.startWorker({ concurrency: 3, queues })
      const sent = (await app.run(`
answer = [hold.apply_async((number,), queue=('celery', 'second')[number % 2], priority=number % 10).id for number in range(24)]
`)) as string[]
      await eventually(async () => expect(await gate.llen('started')).to.equal(3))
      await eventually(async () => expect(await redis.hlen(keys.unacked())).to.equal(6))
      await first.kill()
      expect(await first.exited).to.deep.equal({ code: null, signal: 'SIGKILL' })

      const lists = queues.flatMap((queue) => keys.lists(queue))
      const waiting = async (): Promise<number> => {
        const lengths = await Promise.all(lists.map((list) => redis.llen(list)))
        return lengths.reduce((sum, length) => sum + length, 0)
      }
      expect(await waiting()).to.equal(18)
      expect(await redis.hlen(keys.unacked())).to.equal(6)
      await eventually(async () =>
        expect(Math.min(...(await ages()))).to.be.greaterThan(visibilityTimeoutMs / 1000 + 1),
      )
      expect(await restorer().sweep()).to.deep.equal({ restored: 6, unreadable: 0 })
      expect(await waiting()).to.equal(24)
      expect(await redis.exists(keys.unacked(), keys.unackedIndex(), keys.unackedMutex())).to.equal(0)

      await gate.set('open', 1)
      await app.startWorker({ concurrency: 3, queues })
      const numbers: [number, boolean][] = []
      for (const id of sent) {
        const meta = await eventually(async () => {
          const text = await redis.get(`celery-task-meta-${id}`)
          if (text === null) throw new Error('no result')
          return JSON.parse(text) as { status: string; result: [number, boolean] }
        })
        expect(meta.status).to.equal('SUCCESS')
        numbers.push(meta.result)
      }
      expect(numbers.map(([number]) => number)).to.deep.equal(sent.map((_, index) => index))
      expect(numbers.filter(([, redelivered]) => redelivered)).to.have.length(6)
      // Three were interrupted and began again; nothing else ran twice.
      expect(await gate.llen('started')).to.equal(27)
      await eventually(async () => expect(await redis.exists(keys.unacked(), ...lists)).to.equal(0))
      expect(dropped).to.equal(0)
    } finally {
      gate.disconnect()
    }
  })

  it('puts back what kombu puts back, to the same lists and in the same order', async () => {
    const databases = [10, 11]
    app = new CeleryApp({ url: celeryUrl(server.socketPath, databases[0]), source: '' })
    // Entries and bindings are kombu's own: it publishes, takes, and does not ack. Then its clock is turned back.
    await app.run(`
import redis
from kombu import Connection, Exchange, Queue, Producer
for database in (10, 11):
    with Connection('redis+socket://${server.socketPath}?virtual_host=%d' % database, transport_options={'visibility_timeout': 60}) as connection:
        channel = connection.channel()
        # The channel must not give back at its end what it holds: a killed worker can't.
        channel.qos.restore_at_shutdown = False
        channel.do_restore = False
        direct, topic = Exchange('shop', 'direct'), Exchange('news', 'topic')
        queues = [
            Queue('plain', Exchange(''), routing_key='plain'),
            Queue('one', direct, routing_key='mail'), Queue('two', direct, routing_key='mail'),
            Queue('all', topic, routing_key='news.#'), Queue('some', topic, routing_key='news.*.x'),
        ]
        for queue in queues:
            if queue.exchange.name:
                queue(channel).declare()
        producer = Producer(channel)
        targets = [('', 'plain'), ('shop', 'mail'), ('news', 'news.a'), ('news', 'news.a.x')]
        for number in range(12):
            exchange, key = targets[number % 4]
            producer.publish({'number': number, 'text': 'Grüße'}, exchange=exchange, routing_key=key,
                headers={'id': number, 'big': 2 ** 70, 'float': 1.0})
        taken = 0
        for queue in queues:
            while True:
                message = channel.basic_get(queue.name)
                if message is None:
                    break
                taken += 1
        client = redis.Redis(unix_socket_path='${server.socketPath}', db=database)
        held = sorted(client.zrange('unacked_index', 0, -1))
        # What went to two queues has one tag, and so one entry.
        assert (taken, len(held)) == (18, 12), (taken, held)
        for age, tag in enumerate(sorted(held, key=lambda tag: json.loads(client.hget('unacked', tag))[0]['headers']['id'])):
            client.zadd('unacked_index', {tag: time.time() - 1000 + age})
        if database == 10:
            channel.qos.restore_visible(num=None)
            assert client.zcard('unacked_index') == 0
        connection.transport.cycle.close()
        channel.qos._delivered.clear()
`)
    const kombus = redis
    const ours = new Redis({ path: server.socketPath, db: databases[1] ?? 0 })
    try {
      const { restored, unreadable } = await restorer(ours).sweep()
      expect({ restored, unreadable }).to.deep.equal({ restored: 12, unreadable: 0 })
      for (const queue of ['plain', 'one', 'two', 'all', 'some']) {
        const [theirs, own] = await Promise.all([kombus, ours].map((client) => client.lrange(queue, 0, -1)))
        expect(own?.length).to.be.greaterThan(0)
        expect(own?.map(comparable)).to.deep.equal(theirs?.map(comparable))
      }
    } finally {
      ours.disconnect()
    }
  })

  it('sets aside what would end every Celery worker that starts', async () => {
    app = new CeleryApp({ url: celeryUrl(server.socketPath), source: '@app.task\ndef add(a, b):\n    return a + b' })
    await redis.zadd(keys.unackedIndex(), 1, 'tag')
    await redis.hset(keys.unacked(), 'tag', 'not JSON')
    // It may say that it is ready before it sweeps.
    const doomed = await app.startWorker({ pool: 'solo' }).catch((error: unknown) => String(error))
    if (doomed instanceof CeleryWorker) expect((await doomed.exited).code).to.not.equal(0)
    expect(doomed instanceof CeleryWorker ? doomed.output.text() : doomed).to.match(/JSONDecodeError/)

    expect(await restorer().sweep()).to.deep.equal({ restored: 0, unreadable: 1 })
    const worker = await app.startWorker({ pool: 'solo' })
    expect(await app.run('answer = add.delay(2, 3).get(timeout=10)')).to.equal(5)
    expect(worker.alive).to.equal(true)
    await worker.stop()
    expect(await worker.exited).to.deep.equal({ code: 0, signal: null })
  })
})

/** A message without what differs at each publish, and with its numbers as they were written. */
function comparable(text: string): unknown {
  const message = JSON.parse(text) as { properties: { delivery_tag: unknown } }
  delete message.properties.delivery_tag
  return [message, /"big": ?\d+/.exec(text)?.[0].replace(' ', ''), /"float": ?[\d.]+/.exec(text)?.[0].replace(' ', '')]
}
