import { expect } from 'chai'
import type { Redis } from 'ioredis'
import type { Browser } from 'playwright-core'
import { databases, expectOk, getCode, registrationOf } from '../e2e/journey.ts'
import { launchBrowser, openVisit, type Visit, type VisitOptions } from '../support/browser.ts'
import { createBrowser } from '../support/cookie-jar.ts'
import { startService, type Service } from '../support/service.ts'

export type Person = ReturnType<typeof registrationOf>

/** The compiled service as a process of its own, and a browser, for the tests of one file. */
export interface Site {
  /** Redis with captchas, codes and flags. */
  readonly codes: Redis
  /** Opens an empty page of a new visitor, gone after the test. */
  visit(options?: VisitOptions): Promise<Visit>
  /** Waits for the `count`th SMS to a mobile. @returns its code */
  smsCode(mobile: string, count?: number): Promise<string>
  /** Creates an account from another browser. */
  register(fields?: Partial<Pick<Person, 'username' | 'mobile'>>): Promise<Person>
  /** Creates an account and logs the visitor in. */
  signUp(visit: Visit): Promise<Person>
  /** Logs in from another browser, which calls itself so. */
  logInElsewhere(person: Person, userAgent: string): Promise<void>
}

/**
 * Registers the hooks that start and end a service, with this environment, and a browser around the tests of a file. After each test, what the
 * pages wrote to their consoles must be nothing but what the test had expected: no error, no breach of the CSP.
 */
export function useSite(environment: Record<string, string> = {}): Site {
  let service: Service
  let browser: Browser
  let codes: Redis
  let visits: Visit[] = []

  before(async () => {
    service = await startService({ env: environment })
    codes = service.redis(databases.codes)
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.close()
    await service?.stop()
  })
  afterEach(async () => {
    const ended = visits
    visits = []
    await Promise.all(ended.map((visit) => visit.close()))
    expect(ended.flatMap((visit) => visit.takeFaults())).to.deep.equal([])
  })

  async function withCode(form: Person): Promise<Person> {
    return { ...form, sms_code: await getCode(service, codes, createBrowser(service.url), form.mobile) }
  }

  return {
    get codes() {
      return codes
    },
    async visit(options) {
      const visit = await openVisit(browser, { baseURL: service.url, ...options })
      visits.push(visit)
      return visit
    },
    smsCode: (mobile, count = 1) =>
      service.printed.until(() => service.printed.smsCodes(mobile)[count - 1], `SMS ${count} to ${mobile}`),
    async register(fields) {
      const form = await withCode(registrationOf(fields))
      expectOk(await createBrowser(service.url).post('/register', form))
      return form
    },
    async signUp({ page }) {
      const form = await withCode(registrationOf())
      // Shares the page's cookies.
      const answer = await page.request.post('/register', { data: form })
      expect(answer.status(), await answer.text()).to.equal(200)
      return form
    },
    async logInElsewhere({ username, password }, userAgent) {
      const headers = { 'User-Agent': userAgent }
      expectOk(await createBrowser(service.url).post('/login', { username, password }, { headers }))
    },
  }
}
