import { expect } from 'chai'
import { defaults } from '../../../config/default.ts'
import { redisUrls } from '../../../src/config/redis-urls.ts'

function placesFor(redis: Partial<typeof defaults.redis>): ReturnType<typeof redisUrls> {
  return redisUrls({ redis: { ...defaults.redis, ...redis } })
}

describe('config/redis-urls', () => {
  it('puts all in the embedded Redis when nothing is set, each in its database', () => {
    expect(placesFor({})).to.deep.equal({
      sessions: { url: null, database: 1 },
      codes: { url: null, database: 2 },
      broker: { url: null, database: 10 },
      results: { url: null, database: 10 },
    })
  })

  it('uses redis.url for all, each in its database', () => {
    const url = 'redis://h'
    expect(placesFor({ url, databases: { sessions: 4, codes: 5, broker: 6 } })).to.deep.equal({
      sessions: { url, database: 4 },
      codes: { url, database: 5 },
      broker: { url, database: 6 },
      results: { url, database: 6 },
    })
  })

  it('puts all in the database that redis.url names, be it 0', () => {
    for (const [url, database] of [
      ['redis://h/0', 0],
      ['redis+sentinel://a,b/service/3', 3],
    ] as const) {
      const place = { url, database }
      expect(placesFor({ url })).to.deep.equal({ sessions: place, codes: place, broker: place, results: place })
    }
  })

  it("prefers a part's own address; results follow the broker", () => {
    expect(
      placesFor({ url: 'redis://all/9', sessionsUrl: 'redis://s', codesUrl: 'redis://c/7', brokerUrl: 'redis://b/0' }),
    ).to.deep.equal({
      sessions: { url: 'redis://s', database: 1 },
      codes: { url: 'redis://c/7', database: 7 },
      broker: { url: 'redis://b/0', database: 0 },
      results: { url: 'redis://b/0', database: 0 },
    })
  })

  it('keeps results apart when they have an address of their own', () => {
    const brokerUrl = 'redis://b/3'
    expect(placesFor({ brokerUrl, resultsUrl: 'redis://r/5' }).results).to.deep.equal({
      url: 'redis://r/5',
      database: 5,
    })
    expect(placesFor({ brokerUrl, resultsUrl: 'redis://r' }).results).to.deep.equal({ url: 'redis://r', database: 10 })
  })
})
