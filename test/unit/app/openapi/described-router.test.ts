import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import Koa from 'koa'
import {
  LOGIN,
  PASSWORD_RESET,
  SMS_CODE_REQUEST,
  UUID_PARAMETER,
  withPasswordRules,
  type Form,
} from '../../../../src/app/forms.ts'
import { loadPasswordRules } from '../../../../src/app/password-rules.ts'
import { DescribedRouter } from '../../../../src/app/openapi/described-router.ts'
import { documentOf } from '../../../../src/app/openapi/document.ts'
import { okAnswer, type RouteDescription } from '../../../../src/app/openapi/route-description.ts'
import { EVERYWHERE, errorsOf } from '../../../../src/app/openapi/route-errors.ts'

const SERVICE = { version: '1.2.3', publicUrl: null, sessionCookie: 'sessionid' }
const pass: Koa.Middleware = async (_ctx, next) => next()

/** A description that is fine. */
function described(fields: Partial<RouteDescription> = {}): RouteDescription {
  return {
    method: 'GET',
    path: '/things',
    operationId: 'readThings',
    tag: 'service',
    summary: 'Reads them',
    answer: okAnswer(),
    ...fields,
  }
}

/** Serves the routes for one request to `/things`. @returns its answer's text */
async function askOnce(router: DescribedRouter, request: RequestInit = {}): Promise<string> {
  const server = new Koa().use(router.middleware).listen(0, '127.0.0.1')
  try {
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    return await (await fetch(`http://127.0.0.1:${port}/things`, request)).text()
  } finally {
    server.close()
  }
}

describe('DescribedRouter', () => {
  it('keeps the descriptions', () => {
    const router = new DescribedRouter({ refuseForeignSites: pass, readJson: pass, openSession: pass })
    const routes = [described(), described({ method: 'DELETE', operationId: 'deleteThings' })]
    for (const route of routes) router.add(route, pass)
    expect(router.routes).to.deep.equal(routes)
  })

  it('has the session open before the handler where the description says so, and there alone', async () => {
    for (const [session, opened] of [
      ['used', 1],
      ['required', 1],
      ['openedByHandler', 0],
      [undefined, 0],
    ] as const) {
      let count = 0
      const openSession: Koa.Middleware = async (_ctx, next) => {
        count += 1
        await next()
      }
      const router = new DescribedRouter({ refuseForeignSites: pass, readJson: pass, openSession })
      router.add(described(session === undefined ? {} : { session }), async (ctx) => void (ctx.body = count))
      expect(await askOnce(router), session).to.equal(String(opened))
    }
  })

  it('runs a budget once other sites are refused, before the body is read and the session is open', async () => {
    const ran: string[] = []
    const step =
      (name: string): Koa.Middleware =>
      async (_ctx, next) => {
        ran.push(name)
        await next()
      }
    const router = new DescribedRouter({
      refuseForeignSites: step('other sites'),
      readJson: step('body'),
      openSession: step('session'),
    })
    const route = described({ method: 'POST', form: LOGIN, session: 'used', ownSiteOnly: true })
    router.add(route, step('budget'), async (ctx) => {
      ran.push('handler')
      ctx.body = 'done'
    })
    await askOnce(router, { method: 'POST' })
    expect(ran).to.deep.equal(['other sites', 'budget', 'body', 'session', 'handler'])
  })

  it('refuses a second route with the same method and path, or with the same operationId', () => {
    const router = new DescribedRouter({ refuseForeignSites: pass, readJson: pass, openSession: pass })
    router.add(described(), pass)
    for (const again of [{ operationId: 'other' }, { path: '/others' }]) {
      expect(() => router.add(described(again), pass)).to.throw(TypeError, 'is described twice')
    }
  })
})

describe('the errors of a route', () => {
  const always = EVERYWHERE

  it('are those of everywhere, and its own', () => {
    expect(errorsOf(described())).to.have.members(always)
    expect(errorsOf(described({ errors: ['LOGIN_WRONG'] }))).to.have.members([...always, 'LOGIN_WRONG'])
  })

  it('are, where it changes something or says so, that another site asks', () => {
    expect(errorsOf(described({ method: 'DELETE' }))).to.have.members([...always, 'FOREIGN_SITE'])
    expect(errorsOf(described({ ownSiteOnly: true }))).to.have.members([...always, 'FOREIGN_SITE'])
  })

  it('are, where a login is required, that there is none', () => {
    expect(errorsOf(described({ session: 'required' }))).to.have.members([...always, 'LOGIN_REQUIRED'])
    for (const session of ['used', 'openedByHandler'] as const) {
      expect(errorsOf(described({ session }))).to.have.members(always)
    }
  })

  it('are those of its form, and of a body where it has one', () => {
    const ofLogin = ['MISSING_PARAMETER', 'USERNAME_FORMAT', 'PASSWORD_FORMAT', 'REMEMBERED_FORMAT']
    expect(errorsOf(described({ form: LOGIN }))).to.have.members([...always, ...ofLogin])
    const ofBody = ['NOT_JSON', 'BODY_ENCODING', 'TOO_LARGE', 'FOREIGN_SITE']
    expect(errorsOf(described({ method: 'PUT', form: LOGIN }))).to.have.members([...always, ...ofLogin, ...ofBody])
  })

  it('are not that a field of the path is missing', () => {
    const route = described({ path: '/things/:uuid', form: UUID_PARAMETER })
    expect(errorsOf(route)).to.have.members([...always, 'UUID_FORMAT'])
  })
})

describe('the document', () => {
  const operationOf = (route: RouteDescription) =>
    documentOf([route], SERVICE).paths[route.path.replace(/:(\w+)/, '{$1}')]?.[
      route.method.toLowerCase() as 'get' | 'post' | 'put' | 'delete'
    ]

  it('has what is in the path as parameters, and the rest as a query or a body', () => {
    const path = '/users/:username'
    const found = operationOf(described({ path, form: LOGIN }))
    expect(found?.parameters?.map(({ name, in: where, required }) => [name, where, required])).to.deep.equal([
      ['username', 'path', true],
      ['password', 'query', true],
      ['remembered', 'query', false],
    ])
    expect(found).not.to.have.property('requestBody')
    const changed = operationOf(described({ method: 'PUT', path, form: LOGIN }))
    expect(changed?.parameters?.map(({ name }) => name)).to.deep.equal(['username'])
    const schema = changed?.requestBody?.content['application/json'].schema
    expect(Object.keys(schema?.properties ?? {})).to.deep.equal(['password', 'remembered'])
    expect(schema?.required).to.deep.equal(['password'])
  })

  it('tells of errors by their status, with the texts of the form', () => {
    const post = operationOf(described({ method: 'POST', form: LOGIN }))
    expect(Object.keys(post?.responses ?? {})).to.deep.equal([
      '200',
      '400',
      '403',
      '408',
      '413',
      '414',
      '415',
      '431',
      '500',
      '503',
    ])
    const examples = Object.keys(post?.responses['400']?.content?.['application/json']?.examples ?? {})
    expect(examples).to.include.members(['MISSING_PARAMETER.login.zh', 'MISSING_PARAMETER.login.en', 'NOT_JSON.zh'])
  })

  it('tells of a malformed password by the text of its profile', async () => {
    const rules = await loadPasswordRules({ profile: 'strict', publicUrl: null })
    const examplesOf = (form: Form<unknown>) =>
      Object.keys(
        operationOf(described({ method: 'POST', form }))?.responses['400']?.content?.['application/json']?.examples ??
          {},
      )
    expect(examplesOf(PASSWORD_RESET)).to.include('PASSWORD_FORMAT.zh').and.not.include('PASSWORD_TOO_COMMON.zh')
    expect(examplesOf(withPasswordRules(PASSWORD_RESET, rules)))
      .to.include.members(['PASSWORD_FORMAT.strict.zh', 'PASSWORD_FORMAT.strict.en', 'PASSWORD_TOO_COMMON.zh'])
      .and.not.include('PASSWORD_FORMAT.zh')
  })

  it('says of fields that depend on another one so in a body, and of parameters that more is checked', () => {
    const body = operationOf(described({ method: 'POST', form: SMS_CODE_REQUEST }))?.requestBody
    const { if: condition, else: otherwise } = body?.content['application/json'].schema ?? {}
    expect(condition?.required).to.deep.equal(['captcha_proof'])
    expect(otherwise?.required).to.deep.equal(['image_code_id', 'image_code'])
    const parameters = operationOf(described({ form: SMS_CODE_REQUEST }))?.parameters ?? []
    const incomplete = parameters.filter(({ schema }) => schema['x-incomplete'] === true).map(({ name }) => name)
    expect(incomplete).to.deep.equal(['captcha_proof', 'image_code_id', 'image_code'])
    expect(parameters.filter(({ required }) => required).map(({ name }) => name)).to.deep.equal(['mobile'])
  })

  it('asks for the cookies where the session is used', () => {
    const cookies = { session: [], sessionSignature: [] }
    expect(operationOf(described())?.security).to.deep.equal([])
    expect(operationOf(described({ session: 'used' }))?.security).to.deep.equal([cookies, {}])
    expect(operationOf(described({ session: 'openedByHandler' }))?.security).to.deep.equal([cookies, {}])
    expect(operationOf(described({ session: 'required' }))?.security).to.deep.equal([cookies])
  })

  it('can not be made of a route whose form does not have what the path names', () => {
    for (const form of [undefined, LOGIN]) {
      const route = described({ path: '/things/:uuid', ...(form !== undefined && { form }) })
      expect(() => documentOf([route], SERVICE)).to.throw(
        TypeError,
        '/things/:uuid: expected a form with the field "uuid"',
      )
    }
  })
})
