import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { BrokerKeys } from '../../src/engine/broker/keys.ts'
import { RedisRecords } from '../../src/engine/broker/redis-records.ts'
import { eventually } from '../support/eventually.ts'
import { FreezableProxy } from '../support/freezable-proxy.ts'
import { RestartableRedis } from '../support/restartable-redis.ts'
import { projectRoot, startService, type Service } from '../support/service.ts'
import { databases } from './journey.ts'
import { resultOf, sendAsCelery } from './queue.ts'

const engine = pathToFileURL(join(projectRoot, 'dist/src/engine/task.js')).href

const tasks = `import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { defineTask } from '${engine}'
export const holds = defineTask('proj.holds', {}, async ({ log }, file) => {
  log('begun')
  while (!existsSync(file)) await delay(10)
  return 'let go'
})
export const noop = defineTask('proj.noop', {}, () => 1)
`

describe('records of tasks when something dies', function () {
  this.timeout(90_000)
  let folder: string
  let redis: RestartableRedis
  const services: Service[] = []
  let number = 0

  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'lv-records-')))
    mkdirSync(join(folder, 'proj'))
    writeFileSync(join(folder, 'proj/tasks.mjs'), tasks)
    redis = await RestartableRedis.start()
  })
  afterEach(async () => {
    for (const service of services.splice(0)) await service.stop()
  })
  after(async () => {
    await redis?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function worker(url: string): Promise<Service> {
    const args = ['-A', 'proj', '-c', '2']
    const service = await startService({ command: 'worker', args, cwd: folder, env: { REDIS_URL: url } })
    services.push(service)
    return service
  }
  const file = (): string => join(folder, `${(number += 1)}.go`)
  function records(): RedisRecords {
    const limits = { max: 1, maxBytes: 1, days: 1 }
    return new RedisRecords({ redis: redis.client(databases.broker), keys: new BrokerKeys(), limits })
  }
  const states = async (of: RedisRecords, id: string): Promise<unknown> =>
    (await of.read(id))?.runs.map(({ state }) => state)

  it('kill -9 of the process: they can be read, and whoever runs the task next goes on with them', async () => {
    const kept = records()
    const broker = redis.client(databases.broker)
    const first = await worker(redis.url)
    const go = file()
    const id = await sendAsCelery(broker, 'proj.holds', [go])
    await eventually(async () => {
      expect(await states(kept, id)).to.deep.equal(['STARTED'])
      expect((await kept.log(id)).lines.map(({ text }) => text)).to.deep.equal(['begun'])
    })
    first.signal('SIGKILL')
    await first.exited
    expect(await states(kept, id)).to.deep.equal(['STARTED'])
    await worker(redis.url)
    writeFileSync(go, '')
    expect((await resultOf(broker, id, 30_000)).result).to.equal('let go')
    await eventually(async () => expect(await states(kept, id)).to.deep.equal(['STARTED', 'SUCCESS']))
    expect((await kept.log(id)).lines.map(({ text }) => text)).to.deep.equal(['begun', 'begun'])
  })

  it('Redis killed: no task is lost, and they go on when it is back', async () => {
    const broker = redis.client(databases.broker)
    await worker(redis.url)
    const go = file()
    const before = await sendAsCelery(broker, 'proj.holds', [go])
    await eventually(async () => expect(await states(records(), before)).to.deep.equal(['STARTED']))
    await redis.kill()
    writeFileSync(go, '')
    redis.launch()
    await redis.answers()
    const kept = records()
    const after = await Promise.all(
      Array.from({ length: 20 }, () => sendAsCelery(redis.client(databases.broker), 'proj.noop')),
    )
    for (const id of [before, ...after]) {
      expect((await resultOf(redis.client(databases.broker), id, 30_000)).status).to.equal('SUCCESS')
      await eventually(async () => expect(await states(kept, id)).to.include('SUCCESS'), { timeoutMs: 20_000 })
    }
  })

  it('Redis silent for a while: what had become known meanwhile is written then', async () => {
    const proxy = await FreezableProxy.start({ host: '127.0.0.1', port: redis.port })
    try {
      const broker = redis.client(databases.broker)
      await worker(proxy.url)
      const go = file()
      const id = await sendAsCelery(broker, 'proj.holds', [go])
      await eventually(async () => expect(await states(records(), id)).to.deep.equal(['STARTED']))
      proxy.freeze()
      writeFileSync(go, '')
      // Longer than a command may take: the connection is given up.
      await eventually(() => expect(services[0]?.output()).to.match(/does not answer/), { timeoutMs: 20_000 })
      proxy.thaw()
      expect((await resultOf(broker, id, 30_000)).status).to.equal('SUCCESS')
      await eventually(async () => expect(await states(records(), id)).to.include('SUCCESS'), { timeoutMs: 20_000 })
    } finally {
      for (const service of services.splice(0)) await service.stop()
      await proxy.stop()
    }
  })
})
