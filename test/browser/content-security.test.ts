import { expect } from 'chai'
import { eventually } from '../support/eventually.ts'
import { RegisterPage } from './register-page.ts'
import { useSite } from './site.ts'

/** What the policy must stop: a script and a style within the page, and a picture from elsewhere. */
const BREACHES = `(() => {
  const script = document.createElement('script')
  script.textContent = 'window.breached = true'
  document.body.append(script)
  document.body.setAttribute('style', 'color: rgb(1, 2, 3)')
  const picture = new Image()
  picture.src = 'https://elsewhere.invalid/picture.png'
  document.body.append(picture)
})()`

describe('the content security policy', () => {
  const site = useSite()

  it('comes with both pages and allows nothing within them', async () => {
    const { page } = await site.visit({ refused: [/^\/info$/] })
    for (const path of ['/', '/register.html']) {
      const policy = (await page.goto(path))?.headers()['content-security-policy']
      expect(policy).to.match(/^default-src 'self';/)
      expect(policy).not.to.include('unsafe')
    }
  })

  it('stops what breaks it, and these tests see it', async () => {
    const { page, takeFaults } = await site.visit()
    await RegisterPage.open(page, site)
    await page.evaluate(BREACHES)
    const faults: string[] = []
    await eventually(() => {
      faults.push(...takeFaults())
      for (const directive of ['script-src', 'style-src', 'img-src']) {
        expect(faults.some((fault) => fault.includes('Content Security Policy') && fault.includes(directive))).to.equal(
          true,
          directive,
        )
      }
    })
    expect(await page.evaluate<boolean>('window.breached === true')).to.equal(false)
    expect(await page.evaluate<string>('getComputedStyle(document.body).color')).not.to.equal('rgb(1, 2, 3)')
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
