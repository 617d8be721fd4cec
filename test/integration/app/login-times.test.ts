import { expect } from 'chai'
import { PasswordHasher } from '../../../src/app/password-hasher.ts'
import { createBrowser } from '../../support/cookie-jar.ts'
import { newMobile, newUsername, registerAccount, type RegistrationForm } from './app-fixtures.ts'
import { createBacking, noLoginDelays, type Backing, type RunningApp } from './app-harness.ts'

/** Rounds of one measurement: each name is tried once in every round, so that a busy machine is so for all of them. */
const ROUNDS = 11
/** The same where a try takes next to no time. */
const SHORT_ROUNDS = 61
/** How often a measurement is done before it counts as failed. A real difference is there every time. */
const MEASUREMENTS = 5
/** How far a median may be from that of an unknown name. A hash of a cost lower by one would be at 0.5. */
const SHARE = { least: 0.75, most: 1.34 }

/** bcrypt's cost here: a hash takes some 15 ms, beside which all else is small. */
const COST = 8

describe('the time that a login takes', function () {
  this.timeout(60_000)
  let backing: Backing
  let app: RunningApp
  let account: RegistrationForm
  let oldest: RegistrationForm

  before(async () => {
    backing = await createBacking()
    app = await backing.serve({ accounts: { bcryptCost: COST, loginDelays: noLoginDelays } })
    account = await registerAccount(backing, app)
    oldest = await registerAccount(backing, app)
    await setHash(oldest, 4)
  })
  after(() => backing.close())

  async function setHash({ mobile, password }: RegistrationForm, cost: number): Promise<void> {
    const user = await backing.users.findByMobile(mobile)
    const to = await new PasswordHasher({ cost, waiting: 0 }).hash(password)
    if (user === undefined) throw new Error('there is no such account')
    expect(await backing.users.replaceHash(user.id, { from: user.passwordHash, to })).to.equal(true)
  }

  /**
   * How long a wrong password takes, in microseconds of processor time: app and hashing are in this process, and what else the
   * machine does is not counted. Beside it a login waits for the database and Redis alone, which is the same for all.
   */
  async function timeOf({ url }: RunningApp, username: string, status: number): Promise<number> {
    const browser = createBrowser(url)
    const began = process.cpuUsage()
    const answer = await browser.post('/login', { username, password: 'wrong_password' })
    const { user, system } = process.cpuUsage(began)
    expect(answer.status).to.equal(status)
    return user + system
  }

  /** Measures names beside an unknown one. @returns the median of each as a share of that one's */
  async function shares(of: RunningApp, names: (() => string)[], unknown: () => string, status: 401 | 429) {
    const rounds = status === 401 ? ROUNDS : SHORT_ROUNDS
    const tries = [unknown, ...names].map((name) => () => timeOf(of, name(), status))
    const [base = 0, ...others] = await medians(rounds, tries)
    return others.map((one) => one / base)
  }

  /** Repeats a measurement until it shows no difference, at most so many times. */
  async function expectAlike(measure: () => Promise<number[]>): Promise<void> {
    const seen: string[] = []
    for (let time = 0; time < MEASUREMENTS; time++) {
      const found = await measure()
      if (found.every((share) => share >= SHARE.least && share <= SHARE.most)) return
      seen.push(found.map((share) => share.toFixed(2)).join(', '))
    }
    throw new Error(`expected times alike, came medians at these shares of an unknown name's: ${seen.join('; ')}`)
  }

  it('does not tell whether there is the name or the mobile, however old its hash', async () => {
    const names = [account.username, account.mobile, oldest.username, oldest.mobile].map((name) => () => name)
    await expectAlike(() => shares(app, [...names, newMobile], newUsername, 401))
  })

  it('is that of an unknown name for what is no name', async () => {
    await expectAlike(() => shares(app, [() => '\0', () => 'no name', () => '1380000'], newUsername, 401))
  })

  it('does not tell after the cost was lowered, once a hash of the higher cost was looked at', async () => {
    const cheaper = await backing.serve({ accounts: { bcryptCost: COST - 2, loginDelays: noLoginDelays } })
    const dear = await registerAccount(backing, app)
    await setHash(dear, COST)
    await timeOf(cheaper, dear.username, 401)
    const names = [dear.username, oldest.username].map((name) => () => name)
    await expectAlike(() => shares(cheaper, names, newUsername, 401))
  })

  it('does not tell while a delay runs: no password is looked at', async () => {
    const slow = { ...noLoginDelays, freeTries: 1, firstSeconds: 1_000, longestSeconds: 1_000 }
    const delaying = await backing.serve({ accounts: { bcryptCost: COST, loginDelays: slow } })
    const [known, unknown] = [account.username, newUsername()]
    for (const name of [known, unknown]) await timeOf(delaying, name, 401)
    await expectAlike(() => shares(delaying, [() => known], () => unknown, 429))
  })

  it('would be found out to tell', async () => {
    const hashers = [COST - 1, COST].map((cost) => new PasswordHasher({ cost, waiting: 0 }))
    const tries = hashers.map((hasher) => async () => {
      const began = process.cpuUsage()
      await hasher.verify('wrong_password', undefined)
      const { user, system } = process.cpuUsage(began)
      return user + system
    })
    let found = false
    for (let time = 0; time < MEASUREMENTS && !found; time++) {
      const [less = 0, more = 1] = await medians(ROUNDS, tries)
      found = less / more < SHARE.least
    }
    expect(found).to.equal(true)
  })
})

/** The medians of what several give, each of them asked once in every round. */
async function medians(rounds: number, tries: readonly (() => Promise<number>)[]): Promise<number[]> {
  const values: number[][] = tries.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [at, attempt] of tries.entries()) values[at]?.push(await attempt())
  }
  return values.map(median)
}

/** The one in the middle. */
function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}
