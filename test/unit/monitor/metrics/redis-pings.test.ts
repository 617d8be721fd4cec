import { expect } from 'chai'
import { Registry } from 'prom-client'
import { RedisPings, type Pinged } from '../../../../src/monitor/metrics/redis-pings.ts'
import { parsePrometheusText, valueOf } from '../../../support/prometheus-text.ts'

describe('round trips to Redis', () => {
  const open: RedisPings[] = []
  afterEach(() => open.splice(0).forEach((pings) => pings.close()))

  function pingsOf(clients: Record<string, Pinged>) {
    const registry = new Registry()
    const pings = new RedisPings(registry, new Map(Object.entries(clients)))
    open.push(pings)
    const read = async (use: string): Promise<number[]> => {
      const families = parsePrometheusText(await registry.metrics())
      const answered = valueOf(families, 'lovage_redis_round_trip_seconds_count', { use })
      return [answered, valueOf(families, 'lovage_redis_unanswered_total', { use })]
    }
    return { pings, read }
  }

  it('are counted by what the connection is used for, from 0 on', async () => {
    const away = { ping: () => Promise.reject(new Error('ECONNREFUSED')) }
    const { pings, read } = pingsOf({ broker: { ping: async () => 'PONG' }, codes: away })
    expect([await read('broker'), await read('codes')]).to.deep.equal([
      [0, 0],
      [0, 0],
    ])
    await pings.ping()
    await pings.ping()
    expect([await read('broker'), await read('codes')]).to.deep.equal([
      [2, 0],
      [0, 2],
    ])
  })

  it('are one at a time: a server that hangs is not asked again and again', async () => {
    let asked = 0
    let answer = (): void => {}
    const slow = { ping: () => new Promise<void>((resolve) => ((asked += 1), (answer = resolve))) }
    const { pings, read } = pingsOf({ broker: slow })
    const first = pings.ping()
    await pings.ping()
    expect(asked).to.equal(1)
    answer()
    await first
    expect(await read('broker')).to.deep.equal([1, 0])
    void pings.ping()
    expect(asked).to.equal(2)
    answer()
  })
})
