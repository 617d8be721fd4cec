import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { eventually } from '../support/eventually.ts'
import { useSite } from './site.ts'

/** What of the OpenAPI document the page is compared with. */
interface ShownDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { operationId?: string; summary?: string }>>>>
}

interface ShownOperation {
  readonly method: string
  readonly path: string
  readonly id: string
  readonly summary: string
}

/** How long one step on the page may take, in milliseconds: whatever is opened is worked out first, in a second of a free processor. */
const patienceMs = 60_000

/** One of each kind: a body, what is in the path and the query, an answer that is a picture, and one that is a list. */
const KINDS = ['logIn', 'sendSmsCodeByGet', 'drawCaptcha', 'listSessions']

describe('the documentation of the API', function () {
  this.timeout(5 * patienceMs)
  const site = useSite()

  /** Opens the page, and waits until all is there that it lists. @returns what it is to list */
  async function open(page: Page): Promise<ShownOperation[]> {
    page.setDefaultTimeout(patienceMs)
    await page.goto('/docs')
    const document = (await (await page.request.get('/openapi.json')).json()) as ShownDocument
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, { operationId: id, summary = '' }]) =>
        id === undefined ? [] : [{ method: method.toUpperCase(), path, id, summary }],
      ),
    )
    const listed = async (): Promise<void> =>
      void expect(await page.locator('.opblock').count()).to.equal(operations.length)
    await eventually(listed, { timeoutMs: patienceMs })
    return operations
  }

  /** The block of an operation, whatever its tag. */
  const blockOf = (page: Page, id: string) => page.locator(`.opblock[id$="-${id}"]`)

  it('lists every operation, in one page that asks nobody else', async () => {
    const { page } = await site.visit()
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    const operations = await open(page)
    expect(operations.length).to.be.greaterThan(15)
    for (const { method, path, id, summary } of operations) {
      // Zero-width spaces let long paths break.
      const text = (await blockOf(page, id).locator('.opblock-summary').innerText()).replaceAll('\u200B', '')
      expect(text, id).to.include(method).and.include(path).and.include(summary)
    }
    await page.waitForLoadState('networkidle')
    expect(asked).to.satisfy((urls: string[]) => urls.some((url) => url.endsWith('/openapi.json')))
    expect(new Set(asked.map((url) => new URL(url).origin))).to.deep.equal(new Set([new URL(page.url()).origin]))
  })

  it('shows what a request takes, and what it may end with', async () => {
    const { page } = await site.visit()
    await open(page)
    const login = blockOf(page, 'logIn')
    await login.locator('.opblock-summary-control').click()
    await login.getByText('For 14 days when').waitFor()
    // An example, made of the schema.
    expect(await login.locator('.opblock-section-request-body').innerText()).to.include('"username"')
    const responses = await login.locator('.responses-wrapper').innerText()
    for (const told of ['200', '401', 'LOGIN_WRONG', '429', 'TOO_MANY_REQUESTS']) expect(responses).to.include(told)
    expect(page.url()).to.match(/#\/session\/logIn$/)
  })

  it('shows each kind of operation without a breach of the policy, and sends nothing', async () => {
    const { page } = await site.visit()
    await open(page)
    for (const id of KINDS) {
      await blockOf(page, id).locator('.opblock-summary-control').click()
      await blockOf(page, id).locator('.responses-wrapper').waitFor()
    }
    expect(await page.getByRole('button', { name: /try it out|execute|authorize/i }).count()).to.equal(0)
    await page.locator('section.models button').first().click()
    await page.locator('section.models').getByText('LOGIN_WRONG').first().waitFor()
  })

  it('opens with the operation that its address names', async () => {
    const { page } = await site.visit()
    page.setDefaultTimeout(patienceMs)
    await page.goto('/docs/#/sms/sendSmsCode')
    await blockOf(page, 'sendSmsCode').locator('.responses-wrapper').waitFor()
  })

  it('has the colours of the system, also when they change, or those that were chosen on another page', async () => {
    const { page } = await site.visit({ colorScheme: 'dark', refused: [/^\/info$/] })
    await open(page)
    const brightness = (): Promise<number> =>
      page.evaluate<number>(`(() => {
        const colours = getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g) ?? []
        return colours.slice(0, 3).reduce((sum, colour) => sum + Number(colour), 0) / 3
      })()`)
    expect(await brightness()).to.be.below(80)
    await page.emulateMedia({ colorScheme: 'light' })
    await eventually(async () => expect(await brightness()).to.be.above(200))
    await page.goto('/')
    // As the system has them, light, dark.
    for (let clicks = 0; clicks < 2; clicks += 1) await page.locator('#theme').click()
    await open(page)
    expect(await brightness()).to.be.below(80)
  })

  it('lets no markup do anything, and no script in', async () => {
    const { page, takeFaults } = await site.visit()
    await open(page)
    const markup = '<b onclick="breach()">bold</b><script>breach()</script><a href="javascript:breach()">link</a>'
    const cleaned = await page.evaluate<string>(
      `(() => { const place = document.createElement('div'); place.innerHTML = ${JSON.stringify(markup)}; return place.innerHTML })()`,
    )
    expect(cleaned).to.equal('<b>bold</b><a>link</a>')
    for (const breach of [`new Worker('/worker.js')`, `eval('1')`, `trustedTypes.createPolicy('other', {})`]) {
      const attempt = `try { ${breach}; resolve('nothing') } catch (error) { resolve(error.name) }`
      const thrown = await page.evaluate<string>(`new Promise((resolve) => setTimeout(() => { ${attempt} }))`)
      expect(thrown, breach).to.match(/^(?:EvalError|TypeError)$/)
    }
    takeFaults()
  })

  it('says where it can not be had', async () => {
    const { page } = await site.visit({ refused: [/^\/openapi\.json$/] })
    await page.route('/openapi.json', (route) => route.fulfill({ status: 503, body: '{}' }))
    await page.goto('/docs')
    await page.getByText('Failed to load API definition').waitFor({ timeout: patienceMs })
  })
})
