import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { expectError } from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'

describe('the pages', () => {
  let backing: Backing
  let app: RunningApp

  before(async () => {
    backing = await createBacking()
    const { webRoot } = backing
    mkdirSync(join(webRoot, 'assets'))
    mkdirSync(join(webRoot, 'docs'))
    writeFileSync(join(webRoot, 'docs', 'index.html'), '<p>docs')
    writeFileSync(join(webRoot, 'index.html'), '<p>home')
    writeFileSync(join(webRoot, 'register.html'), '<p>register')
    writeFileSync(join(webRoot, '.hidden'), 'secret')
    writeFileSync(join(webRoot, 'assets', 'page-B3xY.js'), 'let page')
    writeFileSync(join(webRoot, 'assets', 'page-B3xY.js.br'), brotliCompressSync('let page'))
    writeFileSync(join(webRoot, 'assets', 'page-B3xY.js.gz'), gzipSync('let page'))
    app = await backing.serve()
  })
  after(() => backing.close())

  it('are served, the home page at /', async () => {
    const pages: [path: string, text: string][] = [
      ['/', '<p>home'],
      ['/index.html', '<p>home'],
      ['/register.html', '<p>register'],
    ]
    for (const [path, text] of pages) {
      const answer = await app.browser.get(path)
      expect(answer.status).to.equal(200)
      expect(answer.text).to.equal(text)
      expect(answer.headers.get('Content-Type')).to.equal('text/html; charset=utf-8')
      expect(answer.headers.get('Cache-Control')).to.equal('no-cache')
      expect(answer.headers.get('Content-Security-Policy')).to.include("script-src 'self'")
    }
  })

  it('have a policy for scripts each: that of the documentation knows a cleaner of markup in place of Vue', async () => {
    const policyOf = async (path: string) => (await app.browser.get(path)).headers.get('Content-Security-Policy')
    const policy = await policyOf('/')
    expect(policy).to.include('trusted-types vue lovage')
    for (const path of ['/docs', '/docs/', '/docs/index.html']) {
      expect((await app.browser.get(path)).text).to.equal('<p>docs')
      expect(await policyOf(path)).to.equal(policy?.replace('vue lovage', 'dompurify default lovage'))
    }
    for (const path of ['/docs/x', '/docs.html', '/openapi.json', '/info']) {
      expect(await policyOf(path), path).to.equal(policy)
    }
  })

  it('may be kept for ever where a hash is in the name', async () => {
    const answer = await app.browser.get('/assets/page-B3xY.js')
    expect(answer.text).to.equal('let page')
    expect(answer.headers.get('Cache-Control')).to.equal('public, max-age=31536000, immutable')
  })

  it('are sent compressed to whoever takes that', async () => {
    const encodings: [accepted: string, sent: string | null][] = [
      ['gzip, deflate, br', 'br'],
      ['gzip, deflate', 'gzip'],
      ['br;q=0, gzip', 'gzip'],
      ['identity', null],
    ]
    for (const [accepted, sent] of encodings) {
      const answer = await app.browser.get('/assets/page-B3xY.js', { headers: { 'Accept-Encoding': accepted } })
      expect(answer.text, accepted).to.equal('let page')
      expect(answer.headers.get('Content-Encoding'), accepted).to.equal(sent)
      expect(answer.headers.get('Content-Type'), accepted).to.match(/javascript/)
      expect(answer.headers.get('Vary'), accepted).to.include('Accept-Encoding')
      expect(answer.headers.get('Cache-Control'), accepted).to.equal('public, max-age=31536000, immutable')
    }
  })

  it('are not sent again where they are unchanged', async () => {
    const lastModified = (await app.browser.get('/')).headers.get('Last-Modified') ?? ''
    // Without the second header fetch adds one that asks for the page afresh.
    const headers = { 'If-Modified-Since': lastModified, 'Cache-Control': 'max-age=0' }
    const answer = await app.browser.get('/', { headers })
    expect(answer.status).to.equal(304)
    expect(answer.text).to.equal('')
  })

  it('are what is in the folder, and nothing else', async () => {
    for (const path of ['/other.html', '/.hidden', '/..%2flovage.sqlite', '/assets/', '/assets']) {
      expectError(await app.browser.get(path), 404, 'NOT_FOUND', '请求的资源不存在')
    }
  })

  it('do not hide the routes of the same name', async () => {
    expectError(await app.browser.get('/register'), 405, 'METHOD_NOT_ALLOWED', '请求方法不允许')
  })

  it('are 404 with a word of explanation while they are not built', async () => {
    const unbuilt = await backing.serve({ webRoot: join(backing.webRoot, 'nowhere') })
    for (const path of ['/', '/register.html', '/docs']) {
      expectError(await unbuilt.browser.get(path), 404, 'PAGES_NOT_BUILT', '页面尚未构建')
    }
    expectError(await unbuilt.browser.get('/assets/page.js'), 404, 'NOT_FOUND', '请求的资源不存在')
    expect(unbuilt.log[0]).to.include({ level: 'warn' })
  })
})
