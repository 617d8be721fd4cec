import { expect } from 'chai'

describe('the address of a script of our own', () => {
  const policies: string[] = []

  before(() => {
    const createPolicy = (name: string, rules: { createScriptURL: (url: string) => string }): object => {
      policies.push(name)
      return { createScriptURL: (url: string) => ({ trusted: rules.createScriptURL(url) }) }
    }
    Object.assign(globalThis, {
      location: new URL('https://shop.example/register.html'),
      trustedTypes: { createPolicy },
    })
  })
  after(() => {
    Reflect.deleteProperty(globalThis, 'location')
    Reflect.deleteProperty(globalThis, 'trustedTypes')
  })

  it('is made by the policy that the pages are allowed, and refused for other sites', async () => {
    const { ownScriptUrl } = await import('../../../src/web/own-script-url.ts')
    expect(policies).to.deep.equal(['lovage'])
    expect(ownScriptUrl('/assets/proof.js')).to.deep.equal({ trusted: '/assets/proof.js' })
    expect(() => ownScriptUrl('https://evil.example/x.js')).to.throw(TypeError, 'https://shop.example')
  })
})
