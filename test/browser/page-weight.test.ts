import { expect } from 'chai'
import type { CDPSession } from 'playwright-core'
import { RegisterPage } from './register-page.ts'
import { useSite } from './site.ts'

/** What the files of the register page may weigh as they come over the network, in bytes. */
const FIRST_LOAD_LIMIT = 60_000

/** What may be loaded for the strength of passwords, once somebody types one. */
const STRENGTH_LIMIT = 300_000

/** A slow telephone network: 1.6 Mbit/s, 150 ms there and back. */
const SLOW = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 }

describe('the weight of the register page', () => {
  const site = useSite()

  it('stays under 60 kB, and under 300 kB more with the strength of a password', async () => {
    const { page } = await site.visit()
    const session = await page.context().newCDPSession(page)
    const files = await weigh(session)
    const form = await RegisterPage.open(page, site)
    await form.captchaId()
    await page.waitForLoadState('networkidle')
    const first = new Map(files)
    expect([...first.keys()].filter((path) => path.endsWith('.js')).length).to.be.greaterThan(0)
    expect([...first.keys()].filter((path) => path.endsWith('.css')).length).to.be.greaterThan(0)
    expect(sum(first), list(first)).to.be.within(20_000, FIRST_LOAD_LIMIT)

    await form.enter({ pwd: 'p' })
    await form.expectLine('pwd', /^强度/)
    // A worker's own requests are not the page's: asked for as it asks.
    const [worker] = await page.evaluate<string[]>(
      `performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('strength'))`,
    )
    const answer = await page.request.head(worker ?? '', { headers: { 'Accept-Encoding': 'br' } })
    expect(answer.headers()['content-encoding']).to.equal('br')
    expect(Number(answer.headers()['content-length'])).to.be.within(50_000, STRENGTH_LIMIT)
  })

  it('is painted within 2.5 s on a slow telephone network', async () => {
    const { page } = await site.visit()
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    await session.send('Network.emulateNetworkConditions', SLOW)
    await page.goto('/register.html')
    const paint = await page.evaluate<number>(`performance.getEntriesByName('first-contentful-paint')[0].startTime`)
    expect(paint).to.be.within(150, 2500)
  })
})

/** Collects from now on what the pages' own files weigh on the wire, headers too, by their paths. */
async function weigh(session: CDPSession): Promise<Map<string, number>> {
  const paths = new Map<string, string>()
  const weights = new Map<string, number>()
  session.on('Network.responseReceived', ({ requestId, response }) => {
    const { pathname } = new URL(response.url)
    if (/^\/(?:assets\/.*|[^/]*\.html)?$/.test(pathname)) paths.set(requestId, pathname)
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
