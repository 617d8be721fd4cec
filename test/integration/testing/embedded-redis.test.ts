import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { loadPlaces } from '../../../src/config/load-places.ts'
import { redisUrls } from '../../../src/config/redis-urls.ts'
import { parseRedisUrl } from '../../../src/redis/address.ts'
import { startEmbeddedRedis, type TestRedis } from '../../../src/testing/index.ts'
import { eventually } from '../../support/eventually.ts'

const index = fileURLToPath(new URL('../../../src/testing/index.ts', import.meta.url))

/** Runs a module in a process of its own. */
async function runModule(text: string): Promise<{ code: number; stdout: string }> {
  const code = `import { startEmbeddedRedis } from ${JSON.stringify(pathToFileURL(index).href)}\n${text}`
  const args = ['--import', 'tsx', '--input-type=module', '-e', code]
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 })
    return { code: 0, stdout }
  } catch (error) {
    const { code: status, stdout } = error as { code: number; stdout: string }
    return { code: status, stdout }
  }
}

async function ping({ socketPath }: Pick<TestRedis, 'socketPath'>): Promise<string> {
  const redis = new Redis(socketPath, { lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return await redis.ping()
  } finally {
    redis.disconnect()
  }
}

async function expectGone(socketPath: string): Promise<void> {
  await eventually(() => expect(existsSync(dirname(socketPath))).to.equal(false))
  const error = await ping({ socketPath }).catch((thrown: unknown) => thrown)
  expect(error).to.be.instanceOf(Error)
}

describe("a test's own Redis", function () {
  this.timeout(60_000)

  it('is there until it is stopped, and leaves nothing behind', async () => {
    const redis = await startEmbeddedRedis()
    expect(await ping(redis)).to.equal('PONG')
    expect(parseRedisUrl(redis.url(3))).to.deep.equal({ socketPath: redis.socketPath, db: 3 })
    const places = await loadPlaces({ env: { REDIS_URL: redis.url(3) }, flags: {} })
    expect(redisUrls(places).broker).to.deep.equal({ url: redis.url(3), database: 3 })
    expect(() => redis.url(16)).to.throw('the databases 0 to 15, got 16')
    await Promise.all([redis.stop(), redis.stop()])
    await redis[Symbol.asyncDispose]()
    await expectGone(redis.socketPath)
  })

  it('is one of many, in one process and in several', async () => {
    const text = `
const all = await Promise.all([startEmbeddedRedis(), startEmbeddedRedis()])
console.log(all.map(({ socketPath }) => socketPath).join(' '))
await Promise.all(all.map((redis) => redis.stop()))`
    const outputs = await Promise.all([1, 2, 3].map(() => runModule(text)))
    const sockets = outputs.flatMap(({ code, stdout }) => {
      expect(code).to.equal(0)
      return stdout.trim().split(' ')
    })
    expect(new Set(sockets)).to.have.property('size', 6)
    for (const socketPath of sockets) await expectGone(socketPath)
  })

  it('goes with a process that ends by an exception', async () => {
    const { code, stdout } = await runModule(`
const redis = await startEmbeddedRedis()
console.log(redis.socketPath)
throw new Error('a test file that is broken')`)
    expect(code).to.equal(1)
    await expectGone(stdout.trim())
  })

  it('says what is missing where no server is installed, and leaves no folder', async () => {
    const error = await startEmbeddedRedis({ serverCommand: 'no-such-redis-server' }).catch((thrown: unknown) => thrown)
    expect(error).to.include({ code: 'NO_SERVER' })
  })
})
