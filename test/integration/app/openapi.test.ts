import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import { expect } from 'chai'
import { ERRORS } from '../../../src/app/errors.ts'
import type { OpenApiDocument } from '../../../src/app/openapi/document.ts'
import type { Operation } from '../../../src/app/openapi/operation.ts'
import { createAjv } from '../../support/openapi-ajv.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'

describe('GET /openapi.json', () => {
  let backing: Backing
  let app: RunningApp
  let document: OpenApiDocument

  before(async () => {
    backing = await createBacking()
    app = await backing.serve()
    document = await read(app)
  })
  after(() => backing.close())

  const read = async ({ browser }: RunningApp) =>
    (await browser.get('/openapi.json')).json() as unknown as OpenApiDocument

  /** Every operation, with what it is asked by. */
  const operations = (): [request: string, operation: Operation][] =>
    Object.entries(document.paths).flatMap(([path, { parameters: _all, ...methods }]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [
        `${method.toUpperCase()} ${path}`,
        operation,
      ]),
    )

  it('is a document by the schema of OpenAPI 3.1', async () => {
    expect(await new Validator().validate({ ...document })).to.deep.equal({ valid: true })
  })

  it('would not be one with a fault', async () => {
    const faulty = { ...structuredClone(document) }
    Object.assign(faulty.paths['/info']?.get ?? {}, { responses: { ok: {} } })
    expect(await new Validator().validate(faulty)).to.have.property('valid', false)
  })

  it('has the version of the program, the routes and all errors of the table', () => {
    expect(document.info).to.include({ version: '1.2.3' })
    expect(operations().map(([request]) => request)).to.include.members([
      'GET /image_codes/{uuid}',
      'GET /captcha/challenge',
      'POST /sms_codes',
      'GET /sms_codes/{mobile}',
      'GET /sms_codes/status/{task_id}',
      'GET /usernames/{username}/count',
      'GET /mobiles/{mobile}/count',
      'POST /register',
      'POST /login',
      'DELETE /logout',
      'POST /logout',
      'GET /info',
      'GET /sessions',
      'DELETE /sessions',
      'DELETE /sessions/{id}',
      'GET /password/rules',
      'POST /password/reset',
      'PUT /password',
      'PUT /mobile',
      'GET /openapi.json',
    ])
    expect(document.components).to.have.property('schemas').that.has.all.keys(ERRORS)
  })

  it('refers to nothing that it does not have', () => {
    const text = JSON.stringify(document)
    const references = [...new Set(text.match(/"#\/[^"]+"/g))]
    expect(references.length).to.be.greaterThan(50)
    for (const reference of references) {
      const keys = (JSON.parse(reference) as string).split('/').slice(1)
      const found = keys.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document)
      expect(found, reference).to.be.an('object')
    }
  })

  it('has an example in each language for each error that a route may answer with, and each is valid', () => {
    const ajv = createAjv()
    ajv.addSchema(document, 'document')
    const { examples } = document.components as { examples: Record<string, { value: object }> }
    for (const [key, { value }] of Object.entries(examples)) {
      const [name = ''] = key.split('.')
      const validate = ajv.compile({ $ref: `document#/components/schemas/${name}` })
      expect(validate(value), `${key}: ${ajv.errorsText(validate.errors)}`).to.equal(true)
      expect(value)
        .to.have.property('errmsg')
        .that.matches(key.endsWith('.en') ? /^[\x20-\x7e]+$/ : /\p{Script=Han}/u)
    }
    for (const [request, { responses }] of operations()) {
      for (const [status, { content }] of Object.entries(responses)) {
        if (Number(status) < 400) continue
        const { schema, examples: shown = {} } = content?.['application/json'] ?? {}
        const names = (schema?.oneOf ?? [schema]).map((one) => one?.$ref?.split('/').at(-1))
        const keys = Object.keys(shown)
        expect(keys.length, `${request} ${status}`).to.equal(2 * names.length)
        for (const key of keys) expect(names).to.include(key.split('.')[0])
      }
    }
  })

  it('is sent again only when it has changed', async () => {
    const first = await app.browser.get('/openapi.json')
    const etag = first.headers.get('ETag') ?? ''
    expect(etag).to.match(/^"[\w-]{43}"$/)
    expect(first.headers.get('Cache-Control')).to.equal('no-cache')
    expect(first.headers.get('Content-Type')).to.equal('application/json; charset=utf-8')
    // Without the second header fetch adds one that asks for the document afresh.
    const headers = { 'If-None-Match': etag, 'Cache-Control': 'max-age=0' }
    const again = await app.browser.get('/openapi.json', { headers })
    expect([again.status, again.text, again.headers.get('ETag')]).to.deep.equal([304, '', etag])
    const other = await app.browser.get('/openapi.json', { headers: { ...headers, 'If-None-Match': '"other"' } })
    expect([other.status, other.text]).to.deep.equal([200, first.text])
    const head = await app.browser.request('HEAD', '/openapi.json')
    expect([head.status, head.text, head.headers.get('ETag')]).to.deep.equal([200, '', etag])
  })

  it('names the address and the cookie by which browsers reach the service', async () => {
    expect(document.servers).to.deep.equal([{ url: '/' }])
    expect(document.components).to.have.nested.property('securitySchemes.session.name', 'sessionid')
    const secure = await read(await backing.serve({ http: { publicUrl: 'https://shop.example' } }))
    expect(secure.servers).to.deep.equal([{ url: 'https://shop.example' }])
    expect(secure.components).to.have.nested.property('securitySchemes.session.name', '__Host-sessionid')
    expect(secure.components).to.have.nested.property('securitySchemes.sessionSignature.name', '__Host-sessionid.sig')
  })

  it('has the routes that docs/http-api.md lists', () => {
    const docs = readFileSync(new URL('../../../docs/http-api.md', import.meta.url), 'utf8')
    const listed = [...docs.matchAll(/^\| `([A-Z]+ \S+)` +\| (.*?) +\|$/gm)].map(([, request, summary]) => [
      request,
      summary,
    ])
    expect(listed).to.deep.equal(operations().map(([request, { summary }]) => [request, summary]))
  })

  it('makes a request fail whose answer it does not tell of', async () => {
    const astray = await backing.serve({
      mounts: [
        async (ctx, next) => {
          await next()
          if (ctx.path === '/usernames/somebody/count') ctx.body = { code: 0, errmsg: 'ok', count: 2 }
        },
      ],
    })
    const failure = await astray.browser.get('/usernames/somebody/count').catch((error: unknown) => error)
    expect(failure).to.be.instanceOf(Error).with.property('message').that.includes('GET /usernames/somebody/count')
  })
})
