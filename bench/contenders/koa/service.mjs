// Bare Koa with a router, a body parser and a Redis session, of the versions that Lovage uses: each request reads and writes
// its session and answers JSON. Where it is given a gateway it sends the SMS itself, and answers when that is done.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Router } from '@koa/router'
import { Redis } from 'ioredis'
import Koa from 'koa'
import bodyParser from 'koa-bodyparser'
import { createSession } from 'koa-session'
import { openGateway } from '../../../dist/src/sms/open-gateway.js'
import { given } from '../given.mjs'

const redis = new Redis(given.redis)
const gateway = given.gateway === null ? null : openGateway('yuntongxun', given.gateway)

const store = {
  get: async (/** @type {string} */ key) => {
    const text = await redis.get(key)
    return text === null ? undefined : JSON.parse(text)
  },
  set: (/** @type {string} */ key, /** @type {object} */ session, /** @type {number} */ maxAge) =>
    redis.set(key, JSON.stringify(session), 'PX', maxAge),
  destroy: (/** @type {string} */ key) => redis.del(key),
}

const app = new Koa()
app.keys = ['of no use beyond a run of the benchmark']
app.use(createSession({ store }, app))
app.use(bodyParser())

const router = new Router()
router.post('/sms_codes', async (ctx) => {
  ctx.session.requests = (ctx.session.requests ?? 0) + 1
  const { mobile } = ctx.request.body
  const requestId = randomUUID()
  const message = { mobile, code: '123456', validMinutes: 5, requestId }
  // What a hung gateway answers is that it did not.
  await gateway?.send(message, AbortSignal.timeout(20_000))
  ctx.body = { code: 0, errmsg: 'ok', task_id: requestId, retry_after: 60 }
})
app.use(router.routes())

const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
process.stdout.write(`http://127.0.0.1:${server.address().port}\n`)
