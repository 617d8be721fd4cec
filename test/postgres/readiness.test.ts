import { expect } from 'chai'
import { eventually } from '../support/eventually.ts'
import { startPostgres, type PostgresServer } from '../support/postgres-server.ts'
import { startService, type Service } from '../support/service.ts'

/** What `/readyz` promises: false so soon after a cause, true so soon after its end, in milliseconds. */
const promisedMs = 5_000

describe('/readyz of a service with PostgreSQL', function () {
  this.timeout(120_000)
  const password = 'a-password-of-nobody'
  let server: PostgresServer
  let service: Service

  before(async () => {
    server = await startPostgres()
    const url = new URL(server.url)
    url.password = password
    service = await startService({ env: { DATABASE_URL: url.href } })
  })
  after(async () => {
    await service?.stop()
    await server?.stop()
  })

  /** Waits for an answer of `/readyz`, which is promised within five seconds of now. @returns its text */
  async function within(status: 200 | 503): Promise<string> {
    const since = performance.now()
    const text = await eventually(
      async () => {
        const answer = await fetch(`${service.url}/readyz`)
        expect(answer.status).to.equal(status)
        return answer.text()
      },
      { timeoutMs: promisedMs, what: `${status} of /readyz` },
    )
    expect(performance.now() - since).to.be.lessThan(promisedMs)
    return text
  }

  const causeOf = (text: string): Record<string, string> =>
    (JSON.parse(text) as { causes: Record<string, string> }).causes

  it('is false while the server hangs, and true when it goes on', async () => {
    await within(200)
    server.freeze()
    try {
      expect(causeOf(await within(503))).to.deep.equal({ database: 'did not answer within 1000 ms' })
      // Every connection of the pool waits by now, and those that ask for one.
      for (let number = 0; number < 8; number += 1) await within(503)
      expect((await fetch(`${service.url}/livez`)).status).to.equal(200)
    } finally {
      server.thaw()
    }
    await within(200)
  })

  it('is false while there is no server, says no password, and is true when it is back', async () => {
    await within(200)
    await server.kill()
    const text = await within(503)
    expect(causeOf(text)).to.have.all.keys('database')
    await eventually(async () => expect(causeOf(await within(503))['database']).to.contain('ECONNREFUSED'))
    expect(text).not.to.contain(password)
    expect((await fetch(`${service.url}/livez`)).status).to.equal(200)
    await server.revive()
    await within(200)
    expect(service.output()).not.to.contain(password)
  })
})
