import { expect } from 'chai'
import { CookieSigner } from '../../../src/app/sessions/cookie-signer.ts'

describe('CookieSigner', () => {
  it('signs as it always has: cookies that are out there stay good', () => {
    // HMAC-SHA256 in base64url, as OpenSSL gives it: printf %s sessionid=abc | openssl dgst -sha256 -hmac key -binary
    expect(new CookieSigner(['key']).sign('sessionid=abc')).to.equal('2wtOZDcUNYcsC219LVlXimbKXkzwMhc2ZaMEBMc0umM')
  })

  it('signs with the first key, and tells by which key a signature is', () => {
    const [old, both] = [new CookieSigner(['old']), new CookieSigner(['new', 'old'])]
    expect(both.sign('text')).to.equal(new CookieSigner(['new']).sign('text'))
    expect(both.verify('text', both.sign('text'))).to.equal('fresh')
    expect(both.verify('text', old.sign('text'))).to.equal('old')
    expect(old.verify('text', both.sign('text'))).to.equal('wrong')
  })

  it('takes nothing else', () => {
    const signer = new CookieSigner(['key'])
    const right = signer.sign('text')
    for (const given of ['', right.slice(1), `${right}A`, `${right}=`, right.toLowerCase(), '青'.repeat(43), '\0']) {
      expect(signer.verify('text', given)).to.equal('wrong')
    }
    expect(signer.verify('another text', right)).to.equal('wrong')
  })

  it('needs a key', () => {
    expect(() => new CookieSigner([])).to.throw(RangeError, 'expected at least one key that signs cookies, got none')
  })
})
