import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { SmsSettings } from '../../src/sms/gateway.ts'
import { smsSettings } from './sms-settings.ts'

/**
 * How a request that is in order is answered.
 *
 * `ok`: the message is sent, unless its reqId was. `slow`: the same, after a while, even if nobody waits any more.
 * `hang`: no answer until a test gives one through `hanging`. `half`: the message is sent, but the connection ends in
 * the middle of the answer. Nothing is sent by `reset` (the connection ends), `code` (a refusal) and `http` (any answer).
 */
export type FakeBehaviour =
  | { readonly kind: 'ok' | 'hang' | 'half' | 'reset' }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'code'; readonly statusCode: string; readonly statusMsg?: string }
  | {
      readonly kind: 'http'
      readonly status: number
      readonly headers?: Record<string, string>
      readonly body?: string
    }

/** An SMS that the provider took. */
export interface SentSms {
  readonly to: string
  readonly datas: readonly string[]
  readonly reqId: string
}

/** A request that the provider does not take, whatever the behaviour. */
type Fault = Readonly<Record<'statusCode' | 'why', string>>

/** The account that the fake knows. */
export const fakeAccount = {
  accountSid: '8a48b5514f49079e014f5b8a1d2f0000',
  authToken: '0123456789abcdef0123456789abcdef',
  appId: '8a48b5514f49079e014f5b8a1d2f0001',
  templateId: '1',
} as const

const JSON_TYPE = 'application/json;charset=utf-8'
const DAY_MS = 86_400_000

/**
 * Yuntongxun's template SMS on a loopback port, as strict as the provider.
 *
 * In order, for each request: count it, check it as the provider would and refuse what is wrong, then do what the first
 * of `next` says, or else `behaviour`.
 */
export class FakeYuntongxun {
  /** What is done when `next` is empty. */
  behaviour: FakeBehaviour = { kind: 'ok' }
  /** What is done with the next requests that are in order, one each. */
  readonly next: FakeBehaviour[] = []
  readonly sent: SentSms[] = []
  /** Requests that were not in order: a test of ours that finds one here has found a fault of ours. */
  readonly faults: Fault[] = []
  /** Requests that hang: `answer` does what `ok` does, `drop` ends the connection. */
  readonly hanging: { answer(): void; drop(): void }[] = []
  /** How many requests arrived, whatever became of them. */
  requests = 0
  /** How many requests repeated the reqId of a message that was sent. */
  repeated = 0
  readonly #server = createServer((request, response) => {
    this.#handle(request, response).catch(() => response.destroy())
  })
  readonly #sockets = new Set<Socket>()
  readonly #reqIds = new Set<string>()
  readonly #watchers = new Set<() => void>()
  #port = 0

  static async start(): Promise<FakeYuntongxun> {
    const fake = new FakeYuntongxun()
    fake.#server.on('connection', (socket) => {
      fake.#sockets.add(socket)
      socket.once('close', () => fake.#sockets.delete(socket))
    })
    await fake.listen()
    return fake
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#sockets.size
  }

  /** Settings that send here. */
  settings(times: { connectTimeoutMs?: number; timeoutMs?: number } = {}): SmsSettings {
    const yuntongxun = { baseUrl: this.baseUrl, ...fakeAccount }
    return smsSettings({ gateways: ['yuntongxun'], ...times, yuntongxun })
  }

  /** Opens the port again, the same one, after `refuse`. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#port, '127.0.0.1', () => {
        this.#server.off('error', reject)
        const address = this.#server.address()
        if (address !== null && typeof address === 'object') this.#port = address.port
        resolve()
      })
    })
  }

  /** Closes the port and every connection: from here on connections are refused. Also the way to end. */
  refuse(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      for (const socket of this.#sockets) socket.destroy()
    })
  }

  /** Resolves once `count` messages in all were sent, or `count` requests arrived and were acted on. */
  waitFor(what: 'sent' | 'requests', count: number, timeoutMs = 10_000): Promise<void> {
    const current = (): number => (what === 'sent' ? this.sent.length : this.requests)
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (current() >= count) settle(resolve)
      }
      const settle = (deliver: () => void): void => {
        clearTimeout(clock)
        this.#watchers.delete(look)
        deliver()
      }
      const clock = setTimeout(() => {
        settle(() =>
          reject(new Error(`the fake provider waited ${timeoutMs} ms for ${count} ${what}, saw ${current()}`)),
        )
      }, timeoutMs)
      this.#watchers.add(look)
      look()
    })
  }

  #notify(): void {
    for (const look of this.#watchers) look()
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
    this.requests += 1
    const message = readMessage(request, body)
    if ('why' in message) {
      this.faults.push(message)
      refuseWith(response, message.statusCode, message.why)
    } else if (!String(request.headers.accept).startsWith('application/json')) {
      // The provider's own form is XML.
      response.writeHead(200, { 'content-type': 'application/xml' }).end('<Response></Response>')
    } else {
      this.#act(this.next.shift() ?? this.behaviour, message, response)
    }
    this.#notify()
  }

  #act(behaviour: FakeBehaviour, sms: SentSms, response: ServerResponse): void {
    const take = (): void => {
      if (this.#send(sms)) {
        const templateSMS = { dateCreated: '20260101120000', smsMessageSid: randomUUID().replaceAll('-', '') }
        answerJson(response, { statusCode: '000000', templateSMS })
      } else {
        refuseWith(response, '160054', 'reqId重复')
      }
    }
    switch (behaviour.kind) {
      case 'ok':
        return take()
      case 'slow':
        setTimeout(take, behaviour.ms)
        return
      case 'hang':
        this.hanging.push({ answer: take, drop: () => void response.destroy() })
        return
      case 'half':
        this.#send(sms)
        response.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': 100 })
        response.write('{"statusCode":"000000"', () => response.destroy())
        return
      case 'reset':
        response.destroy()
        return
      case 'code':
        return refuseWith(response, behaviour.statusCode, behaviour.statusMsg ?? '测试')
      case 'http':
        response.writeHead(behaviour.status, behaviour.headers).end(behaviour.body ?? '')
    }
  }

  /** Returns false for a repeated reqId: there is no second SMS. */
  #send(sms: SentSms): boolean {
    if (this.#reqIds.has(sms.reqId)) {
      this.repeated += 1
      return false
    }
    this.#reqIds.add(sms.reqId)
    this.sent.push(sms)
    this.#notify()
    return true
  }
}

function answerJson(response: ServerResponse, answer: unknown): void {
  response.writeHead(200, { 'content-type': JSON_TYPE }).end(JSON.stringify(answer))
}

function refuseWith(response: ServerResponse, statusCode: string, statusMsg: string): void {
  answerJson(response, { statusCode, statusMsg })
}

/** Checks a request as the provider does. Where the provider has a code for each detail, one stands for all here. */
function readMessage(request: IncomingMessage, body: string): SentSms | Fault {
  const url = new URL(request.url ?? '/', 'http://fake')
  const sid = /^\/2013-12-26\/Accounts\/([^/]+)\/SMS\/TemplateSMS$/.exec(url.pathname)?.[1]
  if (request.method !== 'POST' || sid === undefined) return { statusCode: '111100', why: 'method or path' }
  if (sid !== fakeAccount.accountSid) return { statusCode: '111141', why: 'no such account' }

  const authorization = Buffer.from(request.headers.authorization ?? '', 'base64')
  const [, timestamp = ''] = /^\w+:(\d{14})$/.exec(authorization.toString()) ?? []
  const canonical = authorization.toString('base64') === request.headers.authorization
  if (!canonical || authorization.toString() !== `${sid}:${timestamp}`) {
    return { statusCode: '111106', why: 'Authorization is not base64(sid:yyyyMMddHHmmss)' }
  }
  const iso = timestamp.replace(/(....)(..)(..)(..)(..)(..)/, '$1-$2-$3T$4:$5:$6+08:00')
  if (!(Math.abs(Date.now() - Date.parse(iso)) < DAY_MS)) {
    return { statusCode: '111106', why: 'the time is more than 24 h from China time' }
  }
  const sig = createHash('md5').update(`${sid}${fakeAccount.authToken}${timestamp}`).digest('hex').toUpperCase()
  if (url.search !== `?sig=${sig}`) return { statusCode: '111109', why: 'sig' }
  return readBody(request.headers['content-type'], body)
}

function readBody(contentType: string | undefined, body: string): SentSms | Fault {
  if (contentType?.replaceAll(' ', '').toLowerCase() !== JSON_TYPE) return { statusCode: '160031', why: 'Content-Type' }
  let fields: unknown
  try {
    fields = JSON.parse(body)
  } catch {
    return { statusCode: '160031', why: 'the body is not JSON' }
  }
  const { to, appId, templateId, datas, reqId, ...rest }: Partial<Record<string, unknown>> = { ...Object(fields) }
  if (Object.keys(rest).length > 0) return { statusCode: '160031', why: 'unknown fields' }
  if (appId !== fakeAccount.appId) return { statusCode: '111181', why: 'no such application' }
  if (templateId !== fakeAccount.templateId) return { statusCode: '160032', why: 'no such template' }
  if (!Array.isArray(datas) || datas.length !== 2 || !datas.every((item) => typeof item === 'string')) {
    return { statusCode: '160031', why: 'datas is not two texts' }
  }
  if (typeof to !== 'string' || !/^1[3-9]\d{9}$/.test(to)) return { statusCode: '160042', why: 'to' }
  if (typeof reqId !== 'string' || !/^[\da-z]{1,32}$/i.test(reqId)) return { statusCode: '160053', why: 'reqId' }
  return { to, datas, reqId }
}
