import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { eventually } from '../support/eventually.ts'
import { projectRoot } from '../support/service.ts'
import { useSite } from './site.ts'

/** What the policy must stop: a script and a style within the page, and what comes from elsewhere. By the directive that stops it. */
const BREACHES: Record<string, string> = {
  'script-src': `const script = document.createElement('script')
    script.textContent = trusted.createScript('window.breached = true')
    document.body.append(script)`,
  'style-src': `document.body.setAttribute('style', 'color: rgb(1, 2, 3)')`,
  'img-src': `new Image().src = 'https://elsewhere.invalid/picture.png'`,
  'connect-src': `fetch('https://elsewhere.invalid/').catch(() => {})`,
  'worker-src': `new Worker(trusted.createScriptURL(URL.createObjectURL(new Blob(['']))))`,
  'default-src': `const frame = document.createElement('iframe')
    frame.src = 'https://elsewhere.invalid/'
    document.body.append(frame)`,
  'form-action': `const form = document.createElement('form')
    form.action = 'https://elsewhere.invalid/'
    document.body.append(form)
    form.submit()`,
  'base-uri': `const base = document.createElement('base')
    base.href = 'https://elsewhere.invalid/'
    document.head.append(base)`,
}

/** The same for what throws: code from text, and markup from text. */
const THROWN = [
  `eval('1')`,
  `eval(trusted.createScript('1'))`,
  `document.body.innerHTML = '<b>bold</b>'`,
  `new Worker('/worker.js')`,
  `trustedTypes.createPolicy('other', {})`,
]

/** The only policy that code of our own may make; it lets everything through, so that the policy of the header is what stops it. */
const WITH_TRUST = `const trusted = window.trusted ??= trustedTypes.createPolicy('lovage', {
  createScript: (text) => text,
  createScriptURL: (url) => url,
});`

describe('the content security policy', () => {
  const site = useSite()

  it('comes with every page and allows nothing within them', async () => {
    const pages = readdirSync(join(projectRoot, 'dist/web')).filter((name) => name.endsWith('.html'))
    expect(pages).to.include.members([
      'index.html',
      'register.html',
      'login.html',
      'reset.html',
      'account.html',
      'monitor.html',
    ])
    const { page } = await site.visit({ refused: [/^\/info$/, /^\/sessions$/, /^\/monitor\/api\/queues$/] })
    for (const path of ['/', ...pages.map((name) => `/${name}`)]) {
      const answer = await page.goto(path)
      const policy = answer?.headers()['content-security-policy']
      expect(policy)
        .to.match(/^default-src 'none';/)
        .and.include("require-trusted-types-for 'script'")
      expect(policy).not.to.match(/unsafe|\*|data:|blob:/)
      // What breaks the policy, also later on, is a fault that this visit notes.
      await page.waitForLoadState('networkidle')
    }
  })

  it('stops what breaks it, and these tests see it', async () => {
    const { page, takeFaults } = await site.visit()
    // Not the page of the proof of work, which has made the policy already.
    await page.goto('/')
    const faults: string[] = []
    for (const [directive, breach] of Object.entries(BREACHES)) {
      await page.evaluate(`(() => { ${WITH_TRUST} ${breach} })()`)
      await eventually(() => {
        faults.push(...takeFaults())
        expect(faults.some((fault) => fault.includes('Content Security Policy') && fault.includes(directive))).to.equal(
          true,
          `${directive}: ${faults.join('; ')}`,
        )
      })
    }
    for (const breach of THROWN) {
      // Later: within what the test itself has the browser evaluate, eval is let through.
      const attempt = `${WITH_TRUST} try { ${breach}; resolve('nothing') } catch (error) { resolve(error.name) }`
      const thrown = await page.evaluate<string>(`new Promise((resolve) => setTimeout(() => { ${attempt} }))`)
      expect(thrown, breach).to.match(/^(?:EvalError|TypeError)$/)
    }
    expect(await page.evaluate<boolean>('window.breached === true')).to.equal(false)
    expect(await page.evaluate<string>('getComputedStyle(document.body).color')).not.to.equal('rgb(1, 2, 3)')
    expect(await page.evaluate<string>('document.baseURI')).not.to.include('elsewhere')
    takeFaults()
  })

  it('is not all that these tests see: exceptions and refused requests too', async () => {
    const { page, takeFaults } = await site.visit()
    await page.goto('/register.html')
    await page.evaluate(`setTimeout(() => { throw new Error('thrown on the page') })`)
    await page.evaluate(`void fetch('/nothing-here')`)
    const faults: string[] = []
    await eventually(() => {
      faults.push(...takeFaults())
      expect(faults.join('\n')).to.match(/exception: .*thrown on the page/)
      expect(faults.join('\n')).to.match(/console error: Failed to load resource: .* 404 .*\/nothing-here/)
    })
  })
})
