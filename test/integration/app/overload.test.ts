import { expect } from 'chai'
import type { Answer } from '../../support/cookie-jar.ts'
import { eventually } from '../../support/eventually.ts'
import { expectError, expectOk } from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'

const FLOOD = 2_000

/** A flood takes a slow machine long: none of its requests is to be late. */
const noHurry = { headersTimeoutMs: 60_000, requestTimeoutMs: 60_000, answerTimeoutMs: 60_000 }

describe('more requests at once than can be worked on', function () {
  this.timeout(60_000)
  let backing: Backing

  before(async () => {
    backing = await createBacking()
  })
  after(() => backing.close())

  function expectBusy(answers: readonly Answer[]): void {
    for (const answer of answers) {
      expectError(answer, 503, 'BUSY', '系统繁忙，请稍后再试')
      expect(answer.headers.get('Retry-After')).to.equal('1')
    }
  }

  /** An app whose database answers when it is told to. */
  async function serveBlocked(
    requestsAtOnce: number,
  ): Promise<{ app: RunningApp; begun: () => number; release: () => void }> {
    const waiting: (() => void)[] = []
    const countByUsername = () => new Promise((resolve) => waiting.push(() => resolve(0)))
    const users = Object.create(backing.users, { countByUsername: { value: countByUsername } })
    const app = await backing.serve({ http: { ...noHurry, requestsAtOnce }, users })
    const release = () => waiting.splice(0).forEach((end) => end())
    return { app, begun: () => waiting.length, release }
  }

  it('are refused with 503 while the others go on, of a flood of two thousand all but those that fit', async () => {
    const { app, begun, release } = await serveBlocked(50)
    let refusals = 0
    const flood = Array.from({ length: FLOOD }, async () => {
      const answer = await app.browser.get('/usernames/somebody/count')
      if (answer.status === 503) refusals += 1
      return answer
    })
    await eventually(() => expect(refusals).to.equal(FLOOD - 50), { timeoutMs: 30_000 })
    expect(begun()).to.equal(50)
    release()
    const answers = await Promise.all(flood)
    expectBusy(answers.filter(({ status }) => status !== 200))
    expect(answers.filter(({ status }) => status === 200)).to.have.length(50)
  })

  it('are let in again as soon as others have ended, whatever became of them', async () => {
    const { app, begun, release } = await serveBlocked(2)
    const ask = () => app.browser.get('/usernames/somebody/count')
    const first = [ask(), ask()]
    await eventually(() => expect(begun()).to.equal(2))
    expectBusy([await ask(), await app.browser.post('/login', {})])
    release()
    for (const answer of await Promise.all(first)) expectOk(answer)
    for (let round = 0; round < 5; round++) {
      expect((await app.browser.post('/login', {})).status).to.equal(400)
      expect(
        (await app.browser.request('POST', '/login', { body: '{', headers: { 'Content-Type': 'application/json' } }))
          .status,
      ).to.equal(400)
      expect((await app.browser.get('/nothing')).status).to.equal(404)
    }
  })
})
