import { expect } from 'chai'
import { resolve } from 'node:path'
import { defaults } from '../../../config/default.ts'
import type { Settings } from '../../../config/default.ts'
import { resolveSettings } from '../../../src/config/resolve-settings.ts'
import type { ResolvedSettings } from '../../../src/config/settings-types.ts'

const secrets = { sessionKeys: ['s'], codeKey: 'c' }

function resolved(settings: Partial<Settings>, hostname = 'host.example'): ResolvedSettings {
  return resolveSettings({ ...defaults, ...settings }, secrets, { processors: 3, hostname })
}

describe('config/resolve-settings', () => {
  it('makes dataDir absolute', () => {
    expect(resolved({ dataDir: './x/../data' }).dataDir).to.equal(resolve('data'))
    expect(resolved({ dataDir: '/srv' }).dataDir).to.equal('/srv')
  })

  it('gives four tasks a processor, one to the solo pool, and what was set before both', () => {
    const { worker } = defaults
    expect(resolved({}).worker.concurrency).to.equal(12)
    expect(resolved({ worker: { ...worker, pool: 'async' } }).worker.concurrency).to.equal(12)
    expect(resolved({ worker: { ...worker, pool: 'solo' } }).worker.concurrency).to.equal(1)
    expect(resolved({ worker: { ...worker, concurrency: 7 } }).worker.concurrency).to.equal(7)
  })

  it('begins with the fewest tasks at once that it scales to, in whichever order they are given', () => {
    const scaled = (autoscale: number[] | null): unknown => {
      const { worker } = resolved({ worker: { ...defaults.worker, autoscale } })
      return [worker.concurrency, worker.autoscale]
    }
    for (const given of [
      [10, 3],
      [3, 10],
    ]) {
      expect(scaled(given)).to.deep.equal([3, { max: 10, min: 3 }])
    }
    expect(scaled([10])).to.deep.equal([1, { max: 10, min: 1 }])
    expect(scaled(null)).to.deep.equal([12, null])
  })

  it('gives the other thread pool four tasks a processor too, and what was set before that', () => {
    const { worker } = defaults
    const threads = (pool: Settings['worker']['pool'], set: number | null): number =>
      resolved({ worker: { ...worker, pool, otherPools: { threads: set, async: 5 } } }).worker.otherPools.threads
    expect(threads('async', null)).to.equal(12)
    expect(threads('async', 2)).to.equal(2)
    expect(threads('solo', null)).to.equal(12)
  })

  it('takes excluded queues away, and adds what is included to the task files', () => {
    const worker = {
      ...defaults.worker,
      queues: ['a', 'b', 'c'],
      excludeQueues: ['b', 'x'],
      include: ['more', 'tasks/sms'],
    }
    const { queues, tasks, ...others } = resolved({ worker }).worker
    expect([queues, tasks]).to.deep.equal([
      ['a', 'c'],
      ['tasks/sms', 'more'],
    ])
    expect(others).not.to.have.any.keys('excludeQueues', 'include')
  })

  it("names the node after the host, in a name's characters", () => {
    expect(resolved({}).worker.node).to.equal('host.example')
    expect(resolved({}, 'my host:né/x\u0006').worker.node).to.equal('my-host-n--x-')
    expect(resolved({}, 'a'.repeat(300)).worker.node).to.equal('a'.repeat(255))
    expect(resolved({}, '').worker.node).to.equal('localhost')
    expect(resolved({ worker: { ...defaults.worker, node: 'w1@a' } }).worker.node).to.equal('w1@a')
  })

  it('brings addresses to one form', () => {
    const { http, sms } = defaults
    expect(resolved({ http: { ...http, publicUrl: 'https://Shop.example:443/' } }).http.publicUrl).to.equal(
      'https://shop.example',
    )
    expect(resolved({ database: { url: 'postgresql://h/d' } }).database.url).to.equal('postgres://h/d')
    expect(resolved({ database: { url: 'sqlite:postgresql:' } }).database.url).to.equal('sqlite:postgresql:')
    const yuntongxun = { ...sms.yuntongxun, baseUrl: 'https://h:8883/' }
    expect(resolved({ sms: { ...sms, yuntongxun } }).sms.yuntongxun.baseUrl).to.equal('https://h:8883')
    expect(resolved({}).http.publicUrl).to.equal(null)
    expect(resolved({}).database.url).to.equal(null)
  })

  it('leaves the rest as it is', () => {
    const expected = structuredClone(defaults)
    const { excludeQueues: _none, include: _noMore, ...worker } = expected.worker
    expect(resolved({})).to.deep.equal({
      ...expected,
      dataDir: resolve('data'),
      worker: {
        ...worker,
        concurrency: 12,
        otherPools: { ...expected.worker.otherPools, threads: 12 },
        node: 'host.example',
      },
      secrets,
    })
  })

  it('freezes the copy at every depth, and only the copy', () => {
    expect(everythingFrozen(resolved({}))).to.equal(true)
    for (const value of [defaults, ...Object.values(defaults), defaults.worker.queues, secrets, secrets.sessionKeys]) {
      if (typeof value === 'object') expect(Object.isFrozen(value)).to.equal(false)
    }
  })
})

function everythingFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  return Object.isFrozen(value) && Object.values(value).every(everythingFrozen)
}
