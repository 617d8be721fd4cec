import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { pino } from 'pino'
import { registerAccount, type RegistrationForm } from '../integration/app/app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from '../integration/app/app-harness.ts'
import { Random, faultRounds, faultSeed, tell } from '../support/fault-run.ts'
import { checkAnswer } from './answer-rules.ts'
import { FuzzClient } from './fuzz-client.ts'
import { RequestMaker, type KnownValues } from './request-maker.ts'

/** How many requests in all, and how many at a time. LOVAGE_FAULT_ROUNDS gives another number, LOVAGE_FAULT_SEED the seed. */
const REQUESTS = 50_000
const AT_ONCE = 16

/** How much the heap may grow after the first fifth of the requests, in bytes. What leaks a kilobyte a request leaks 40 MB. */
const MOST_GROWTH = 20_000_000

/** Every key that the service may leave in Redis; each has a TTL. */
const KEYS = [
  /^img_[0-9a-f-]{36}$/,
  /^sms_(?:(?:reset|mobile)_)?1[3-9]\d{9}$/,
  /^send_flag_1[3-9]\d{9}$/,
  /^sms_task_[0-9a-f-]{36}$/,
  /^session_[\w-]{43}$/,
  /^sessions_\d+$/,
  /^login_(?:name|address|device)_[\w-]{43}$/,
  /^pow_[\w-]+$/,
  /^pumping_[a-z]+_(?:1[3-9]\d{5}|1[3-9]\d{9}|127\.0\.0\.\d+\/24)$/,
  /^budget_[a-z_]+(?:_(?:1[3-9]\d{9}|1[3-9]\d{5}|127\.0\.0\.\d+(?:\/24)?))?$/,
]

const CODE_KEY = 'a key for codes'
const SESSION_KEY = 'a key that signs cookies'

describe('the service under requests that nobody should send', function () {
  this.timeout(600_000)
  let backing: Backing
  let app: RunningApp
  let victim: RegistrationForm
  let secrets: string[]
  const badLines: string[] = []
  let lines = 0

  before(async () => {
    backing = await createBacking()
    mkdirSync(join(backing.webRoot, 'assets'))
    for (const page of ['index.html', 'register.html']) writeFileSync(join(backing.webRoot, page), '<p>page')
    const checkLine = (line: string): void => {
      lines += 1
      const fault = faultOfLine(line)
      if (fault !== null && badLines.length < 10) badLines.push(`${fault}: ${line}`)
    }
    const logger = pino({ level: 'debug', base: null }, { write: checkLine })
    app = await backing.serve({
      logger,
      codes: { resendSeconds: 1 },
      // What comes slowly is another test's.
      http: { headersTimeoutMs: 2_000, requestTimeoutMs: 2_000 },
    })
    victim = await registerAccount(backing, app, {
      username: 'the_victim',
      mobile: '13987654321',
      password: 'victims_password',
    })
    const row = await backing.users.findByUsername(victim.username)
    const cookie = app.browser.cookies.get('sessionid')?.value ?? ''
    secrets = [victim.mobile, victim.username, victim.password, row?.passwordHash ?? '', cookie, CODE_KEY, SESSION_KEY]
    expect(secrets).not.to.include('')
  })
  after(() => backing?.close())

  it('answers each as it should, tells nothing, keeps nothing', async () => {
    const seed = faultSeed()
    const total = faultRounds(REQUESTS)
    tell(`seed ${seed}: ${total} requests over ${app.routes.length} routes`)
    expect(app.routes.length).to.be.greaterThan(8)
    const cookies = new Cookies()
    const statuses = new Map<string, number>()
    let sent = 0
    let heapBefore = 0

    async function run(): Promise<void> {
      const client = new FuzzClient(app.url)
      try {
        while (sent < total) {
          sent += 1
          if (sent === Math.ceil(total / 5)) heapBefore = heapBytes()
          const number = sent
          // Each has random numbers of its own: whatever the others do meanwhile, it is the same again.
          const random = new Random(seed + number)
          const journey = new Journey(backing, app, random, cookies.all)
          const request = await new RequestMaker(random, app.routes, journey).next()
          try {
            const answer = await client.ask(request)
            const key = answer === null ? 'closed' : String(answer.status)
            statuses.set(key, (statuses.get(key) ?? 0) + 1)
            if (answer === null) {
              if (!request.cutOff) throw new Error('the connection was closed without an answer')
              continue
            }
            checkAnswer(answer, request.method, secrets)
            cookies.note(answer.headers.get('set-cookie'))
          } catch (error) {
            const shown = JSON.stringify(request.bytes.toString('latin1').slice(0, 2_000))
            throw new Error(`seed ${seed}, request ${number}: ${String(error)}\n${shown}`, { cause: error })
          }
        }
      } finally {
        client.close()
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, run))

    tell(
      [...statuses]
        .toSorted(([a], [b]) => a.localeCompare(b))
        .map(([status, count]) => `${status}: ${count}`)
        .join(', '),
    )
    tell(`${app.sent.length} codes sent, ${lines} lines of log`)
    const growth = heapBytes() - heapBefore
    tell(`the heap grew by ${Math.round(growth / 1_000)} kB`)
    // They did get through, and not only to the first check. Of a few requests not all kinds come.
    if (total >= REQUESTS / 5) {
      for (const status of ['200', '400', '401', '403', '404', '405', '413', '414', '415', '431', '429']) {
        expect(statuses.get(status) ?? 0, `answers ${status}`).to.be.greaterThan(0)
      }
    }
    expect(app.sent.length).to.be.greaterThan(total / 1_000)
    expect(await backing.users.countByUsername(victim.username)).to.equal(1)
    expect(badLines).to.deep.equal([])
    expect(lines).to.be.greaterThan(total / 2)
    expect(growth).to.be.lessThan(MOST_GROWTH)
    await checkKeys(backing)
  })
})

/** What a line of the log does wrong: it is not one object on one line, or it shows a mobile. */
function faultOfLine(line: string): string | null {
  if (!line.endsWith('\n') || line.slice(0, -1).includes('\n')) return 'more than a line'
  // oxlint-disable-next-line no-control-regex
  if (/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.test(line)) return 'control characters'
  try {
    const { requestId: _id, taskId: _task, time: _time, ...rest } = JSON.parse(line) as Record<string, unknown>
    return /(?<!\d)1[3-9]\d{9}(?!\d)|\$2b\$|victims_password/.test(JSON.stringify(rest)) ? 'a secret' : null
  } catch {
    return 'no JSON'
  }
}

async function checkKeys({ inspector }: Backing): Promise<void> {
  const keys = await inspector.keys('*')
  expect(keys.length).to.be.greaterThan(0)
  expect(keys.filter((key) => !KEYS.some((pattern) => pattern.test(key)))).to.deep.equal([])
  const lives = await Promise.all(keys.map(async (key): Promise<[string, number]> => [key, await inspector.pttl(key)]))
  expect(lives.filter(([, life]) => life === -1)).to.deep.equal([])
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

/** Cookies of sessions that were begun, the last few. */
class Cookies {
  readonly all: string[] = []

  /** @param setCookies a cookie a line */
  note(setCookies: string | undefined): void {
    const pairs = (setCookies ?? '').split('\n').map((cookie) => cookie.split(';')[0] ?? '')
    const session = pairs.filter((pair) => /^sessionid(?:\.sig)?=./.test(pair)).join('; ')
    if (session === '') return
    this.all.push(session)
    if (this.all.length > 50) this.all.shift()
  }
}

const uuids = Array.from({ length: 20 }, () => randomUUID())
const mobiles = Array.from({ length: 30 }, (_, index) => String(13_700_000_000 + index * 7))

/** Values with which one request gets further: a captcha that is known, a code that was sent, a session that was begun. */
class Journey implements KnownValues {
  readonly #backing: Backing
  readonly #app: RunningApp
  readonly #random: Random
  readonly #cookies: readonly string[]
  readonly #uuid: string
  readonly #mobile: string

  constructor(backing: Backing, app: RunningApp, random: Random, cookies: readonly string[]) {
    this.#backing = backing
    this.#app = app
    this.#random = random
    this.#cookies = cookies
    this.#uuid = this.#one(uuids)
    this.#mobile = this.#one(mobiles)
  }

  async good(name: string): Promise<string | undefined> {
    switch (name) {
      case 'mobile':
        return this.#mobile
      case 'sms_code':
        return this.#app.sent.findLast(({ mobile }) => mobile === this.#mobile)?.code ?? '123456'
      case 'image_code_id':
      case 'uuid':
        return this.#uuid
      case 'image_code':
        return (await this.#backing.inspector.get(`img_${this.#uuid}`)) ?? 'ABCD'
      case 'username':
        return `fuzz_${this.#random.between(1, 300)}`
      case 'password':
      case 'password2':
      case 'old_password':
        return 'secret_password'
      case 'purpose':
        return 'register'
      case 'task_id':
        return randomUUID()
      default:
        return undefined
    }
  }

  cookie(): string | undefined {
    return this.#cookies.length === 0 ? undefined : this.#one(this.#cookies)
  }

  #one<T>(values: readonly T[]): T {
    return values[this.#random.between(0, values.length - 1)] as T
  }
}
