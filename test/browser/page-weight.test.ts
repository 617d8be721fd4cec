import { expect } from 'chai'
import type { CDPSession } from 'playwright-core'
import { eventually } from '../support/eventually.ts'
import { RegisterPage } from './register-page.ts'
import { useSite } from './site.ts'

/** What the files of the register page may weigh as they come over the network, in bytes. */
const FIRST_LOAD_LIMIT = 60_000

/** The same of the dashboard, with its charts. */
const DASHBOARD_LIMIT = 85_000

/** What may be loaded for the strength of passwords, once somebody types one. */
const STRENGTH_LIMIT = 300_000

const TOKEN = 'a-token-of-the-tests-that-is-long-enough'

/** A slow telephone network: 1.6 Mbit/s, 150 ms there and back. */
const SLOW = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 }

const PAGES = [
  { name: 'register page', path: '/register.html', limit: FIRST_LOAD_LIMIT },
  { name: 'dashboard', path: `/monitor?token=${TOKEN}`, limit: DASHBOARD_LIMIT },
]

describe('the weight of the pages', () => {
  const site = useSite({ MONITOR_TOKEN: TOKEN })

  for (const { name, path, limit } of PAGES) {
    it(`of the ${name} stays under ${limit} bytes:`, async function () {
      const { page } = await site.visit()
      const files = await weigh(await page.context().newCDPSession(page))
      await page.goto(path)
      await page.locator('#app form, .charts figure').first().waitFor()
      // The dashboard's events never end; what else it asks for does not count.
      await eventually(() =>
        expect([...files.keys()].filter((file) => /\.(?:js|css)$/.test(file)).length).to.be.at.least(3),
      )
      await page.evaluate(
        'document.readyState === "complete" || new Promise((loaded) => addEventListener("load", loaded))',
      )
      expect(sum(files), list(files)).to.be.within(20_000, limit)
      tell(this, `${sum(files)} bytes`)
    })

    it(`lets the ${name} be painted within 2.5 s on a slow telephone network:`, async function () {
      const { page } = await site.visit()
      const session = await page.context().newCDPSession(page)
      await session.send('Network.enable')
      await session.send('Network.emulateNetworkConditions', SLOW)
      await page.goto(path)
      await page.locator('#app > *').first().waitFor()
      const paint = await page.evaluate<number>(`performance.getEntriesByName('first-contentful-paint')[0].startTime`)
      expect(paint).to.be.within(150, 2500)
      tell(this, `${Math.round(paint)} ms`)
    })
  }

  it('of the strength of a password comes once somebody types one, and stays under 300 kB', async () => {
    const { page } = await site.visit()
    const form = await RegisterPage.open(page, site)
    await form.captchaId()
    const strengthFiles = `performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('strength'))`
    expect(await page.evaluate<string[]>(strengthFiles)).to.deep.equal([])
    await form.enter({ pwd: 'p' })
    await form.expectLine('pwd', /^强度/)
    // A worker's own requests are not the page's: asked for as it asks.
    const [worker] = await page.evaluate<string[]>(strengthFiles)
    const answer = await page.request.head(worker ?? '', { headers: { 'Accept-Encoding': 'br' } })
    expect(answer.headers()['content-encoding']).to.equal('br')
    expect(Number(answer.headers()['content-length'])).to.be.within(50_000, STRENGTH_LIMIT)
  })
})

/** Puts what was measured behind a test's name, where its reporter shows it. */
function tell({ test }: Mocha.Context, figure: string): void {
  if (test !== undefined) test.title += ` ${figure}`
}

/** Collects from now on what the pages' own files weigh on the wire, headers too, by their paths. */
async function weigh(session: CDPSession): Promise<Map<string, number>> {
  const paths = new Map<string, string>()
  const weights = new Map<string, number>()
  session.on('Network.responseReceived', ({ requestId, response }) => {
    const { pathname } = new URL(response.url)
    if (/^\/(?:assets\/.*|[^/]*\.html|monitor)?$/.test(pathname)) paths.set(requestId, pathname)
  })
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const path = paths.get(requestId)
    if (path !== undefined) weights.set(path, encodedDataLength)
  })
  await session.send('Network.enable')
  return weights
}

function sum(weights: Map<string, number>): number {
  return [...weights.values()].reduce((total, weight) => total + weight, 0)
}

function list(weights: Map<string, number>): string {
  return [...weights].map(([path, weight]) => `${path} ${weight}`).join(', ')
}
