import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { expect } from 'chai'
import { CookieSigner } from '../../../src/app/sessions/cookie-signer.ts'
import { publicIdOf } from '../../../src/app/sessions/session-records.ts'
import { createBrowser, type Browser } from '../../support/cookie-jar.ts'
import { expectError, expectOk, registerAccount, type RegistrationForm } from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'

/** The key that signs cookies where a test says nothing else. */
const KEY = 'a key that signs cookies'
const DAYS_14_MS = 14 * 86_400_000

describe('the session cookie', () => {
  let backing: Backing
  let app: RunningApp
  let account: RegistrationForm

  before(async () => {
    backing = await createBacking()
    app = await backing.serve()
    account = await registerAccount(backing, app)
  })
  after(() => backing.close())

  /** Logs a new browser in. */
  const loggedIn = async ({ url } = app, remembered = false): Promise<Browser> => {
    const browser = createBrowser(url)
    const { username, password } = account
    expectOk(await browser.post('/login', { username, password, remembered }))
    return browser
  }
  const valueOf = (browser: Browser, name: string) => {
    const value = browser.cookies.get(name)?.value
    if (value === undefined) throw new Error(`there is no cookie ${name}`)
    return value
  }
  /** What `GET /info` says to a header, which must be nothing but that a login is needed. */
  const expectIgnored = async (cookie: string) => {
    const answer = await createBrowser(app.url).get('/info', { headers: { Cookie: cookie } })
    expectError(answer, 401, 'LOGIN_REQUIRED', '请登录后重试')
    expect(answer.setCookies).to.deep.equal([])
  }
  const signed = (id: string) => `sessionid=${id}; sessionid.sig=${new CookieSigner([KEY]).sign(`sessionid=${id}`)}`

  it('carries an id of 256 bits and its signature, and nothing else', async () => {
    const browser = await loggedIn()
    const id = valueOf(browser, 'sessionid')
    expect(id).to.match(/^[\w-]{43}$/)
    expect(Buffer.from(id, 'base64url')).to.have.length(32)
    expect(`sessionid=${id}; sessionid.sig=${valueOf(browser, 'sessionid.sig')}`).to.equal(signed(id))
  })

  it('is HttpOnly and SameSite=Lax, and not Secure on plain HTTP; so is its signature', async () => {
    const browser = await loggedIn()
    for (const name of ['sessionid', 'sessionid.sig', 'deviceid']) {
      const attributes = browser.cookies.get(name)?.attributes
      expect(attributes, name).to.include({ path: '/', samesite: 'lax', httponly: '' })
      expect(attributes, name).not.to.have.any.keys('secure', 'domain')
    }
    expect(browser.cookies.get('username')?.attributes)
      .to.include({ samesite: 'lax' })
      .and.not.have.property('httponly')
  })

  it('is Secure behind HTTPS, and called __Host-sessionid', async () => {
    const secure = await backing.serve({ http: { publicUrl: 'https://shop.example' } })
    const { username, password } = account
    const { setCookies } = await secure.browser.post('/login', { username, password })
    const names = ['__Host-sessionid', '__Host-sessionid.sig', '__Host-deviceid', 'username']
    expect(setCookies.map(({ name }) => name)).to.have.members(names)
    for (const { attributes } of setCookies) {
      expect(attributes).to.include({ secure: '', path: '/', samesite: 'lax' }).and.not.have.property('domain')
    }
    expectOk(await secure.browser.get('/info'))
    const cleared = await secure.browser.delete('/logout')
    for (const { attributes } of cleared.setCookies) expect(attributes).to.include({ secure: '', path: '/' })
    expect([...secure.browser.cookies.keys()]).to.deep.equal(['__Host-deviceid'])
  })

  describe('is ignored', () => {
    let good: string
    let id: string

    before(async () => {
      const browser = await loggedIn()
      id = valueOf(browser, 'sessionid')
      good = signed(id)
      expectOk(await createBrowser(app.url).get('/info', { headers: { Cookie: `other=1; ${good}` } }))
    })

    it('when it was tampered with', async () => {
      const other = (text: string) => text.slice(0, -1) + (text.endsWith('A') ? 'B' : 'A')
      await expectIgnored(good.replace(id, other(id)))
      await expectIgnored(other(good))
    })

    it('when it is not signed, or by a foreign key', async () => {
      await expectIgnored(`sessionid=${id}`)
      await expectIgnored(`sessionid=${id}; sessionid.sig=`)
      await expectIgnored(`sessionid=${id}; sessionid.sig=${new CookieSigner(['foreign']).sign(`sessionid=${id}`)}`)
      await expectIgnored(`sessionid=${id}; sessionid.sig=${new CookieSigner([KEY]).sign(`deviceid=${id}`)}`)
    })

    it('when it cannot be read', async () => {
      for (const value of ['', '"', `"${id}`, `"${id}"`, '%', '%E0%A4%A', '{}', 'a b', ',', '=', '\t']) {
        await expectIgnored(`sessionid=${value}; sessionid.sig=${value}`)
        await expectIgnored(signed(value))
      }
      for (const header of ['sessionid', ';', '=', 'sessionid.sig', '; ;=;']) await expectIgnored(header)
    })

    it('when it is overlong', async () => {
      await expectIgnored(signed('A'.repeat(4_000)))
      await expectIgnored(`${good}${'A'.repeat(8_000)}`)
      await expectIgnored(signed(`${id}A`))
    })

    it('when it comes twice, in one header or in two', async () => {
      const other = signed(randomBytes(32).toString('base64url'))
      for (const header of [`${good}; ${good}`, `${good}; ${other}`, `${other}; ${good}`]) await expectIgnored(header)
      const text = await rawInfo(app.url, [Buffer.from(`Cookie: ${good}\r\nCookie: ${other}`)])
      expect(text).to.match(/^HTTP\/1.1 401 /)
    })

    it('when it is not ASCII', async () => {
      const [name = '', sig = ''] = good.split('; ')
      for (const bytes of [Buffer.from('青椒'), Buffer.from([0xff, 0xfe]), Buffer.from([0x80])]) {
        const header = [Buffer.from(`Cookie: ${name}`), bytes, Buffer.from(`; ${sig}`), bytes]
        expect(await rawInfo(app.url, header)).to.match(/^HTTP\/1.1 401 /)
      }
    })

    it('when its session is not there', async () => {
      await expectIgnored(signed(randomBytes(32).toString('base64url')))
      // What Redis keeps the session under is no id.
      await expectIgnored(signed(publicIdOf(id)))
    })

    it('by a login, a logout and a registration, too', async () => {
      const header = { headers: { Cookie: 'sessionid=%; sessionid.sig="; deviceid=\x80; username=%E0' } }
      const { username, password } = account
      expectOk(await createBrowser(app.url).post('/login', { username, password }, header))
      expectOk(await createBrowser(app.url).delete('/logout', header))
    })
  })

  describe('when keys are changed', () => {
    const serve = (...sessionKeys: string[]) => backing.serve({ sessionKeys })
    /** A browser with the cookies of another one. */
    const moved = (from: Browser, { url }: RunningApp): Browser => {
      const browser = createBrowser(url)
      for (const [name, cookie] of from.cookies) browser.cookies.set(name, cookie)
      return browser
    }

    for (const remembered of [true, false]) {
      it(`stays valid by way of old, new and old, new${remembered ? ', for as long as it was remembered' : ''}`, async () => {
        const [both, newer] = [await serve('new', KEY), await serve('new')]
        const browser = await loggedIn(app, remembered)
        expectError(await moved(browser, newer).get('/info'), 401, 'LOGIN_REQUIRED', '请登录后重试')

        const between = moved(browser, both)
        const renewed = await between.get('/info')
        expectOk(renewed)
        expect(renewed.setCookies.map(({ name }) => name)).to.deep.equal(['sessionid', 'sessionid.sig'])
        for (const { attributes } of renewed.setCookies) {
          expect(attributes).to.include({ path: '/', samesite: 'lax', httponly: '' })
          if (remembered) {
            const life = Date.parse(attributes['expires'] ?? '') - Date.now()
            expect(life).to.be.within(DAYS_14_MS - 60_000, DAYS_14_MS)
          } else expect(attributes).not.to.have.property('expires')
        }
        expect((await between.get('/info')).setCookies).to.deep.equal([])
        expectOk(await moved(between, newer).get('/info'))
      })
    }

    it('is not set again where its session has ended, and not for one that logs out', async () => {
      const both = await serve('newest', KEY)
      const browser = await loggedIn()
      const leaving = moved(browser, both)
      expectOk(await leaving.delete('/logout'))
      expect([...leaving.cookies.keys()]).to.deep.equal(['deviceid'])
      const late = await moved(browser, both).get('/info')
      expectError(late, 401, 'LOGIN_REQUIRED', '请登录后重试')
      expect(late.setCookies).to.deep.equal([])
    })
  })
})

/** Asks for `/info` with header lines that no client would send. @returns the answer as it came */
async function rawInfo(url: string, header: Buffer[]): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(Buffer.concat([Buffer.from('GET /info HTTP/1.1\r\nHost: x\r\nConnection: close\r\n'), ...header]))
  socket.write('\r\n\r\n')
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
