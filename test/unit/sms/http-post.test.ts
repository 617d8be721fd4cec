import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { getEventListeners, once } from 'node:events'
import { Agent, createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http'
import { Agent as HttpsAgent, createServer as createHttpsServer } from 'node:https'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { post, type Post, type PostResult } from '../../../src/sms/http-post.ts'

/** What a test started, to be ended after it. */
const cleanups: (() => void)[] = []

async function portOf(server: Server | HttpServer): Promise<number> {
  server.on('connection', (socket: Socket) => cleanups.push(() => socket.destroy()))
  server.listen(0, '127.0.0.1')
  cleanups.push(() => server.close())
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

/** Posts with short limits; the agent keeps connections. */
function send(url: string, changes: Partial<Post> = {}): Promise<PostResult> {
  const agent = new (url.startsWith('https') ? HttpsAgent : Agent)({ keepAlive: true })
  cleanups.push(() => agent.destroy())
  const { signal } = new AbortController()
  const limits = { connectTimeoutMs: 3_000, timeoutMs: 10_000 }
  return post({
    url: new URL(url),
    headers: { 'x-mark': 'here' },
    body: '{"ü":1}',
    agent,
    ...limits,
    signal,
    ...changes,
  })
}

async function sendTo(listener: RequestListener, changes: Partial<Post> = {}): Promise<PostResult> {
  return send(`http://127.0.0.1:${await portOf(createHttpServer(listener))}/path?query=1`, changes)
}

/** A port whose queue of unaccepted connections is full: the system ignores whoever else wants to connect. */
async function blackHole(): Promise<number> {
  const code = `
    const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('node:fs').writeSync(1, String(server.address().port))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    })`
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  cleanups.push(() => child.kill('SIGKILL'))
  const [text]: unknown[] = await once(child.stdout, 'data')
  const port = Number(String(text))
  for (let open = 0; open < 100; open += 1) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    cleanups.push(() => socket.destroy())
    const connected = await Promise.race([
      once(socket, 'connect').then(() => true),
      new Promise<boolean>((resolve) => setTimeout(resolve, 300, false)),
    ])
    if (!connected) return port
  }
  throw new Error('the queue of connections does not fill')
}

afterEach(() => {
  for (const cleanup of cleanups.splice(0).toReversed()) cleanup()
})

describe('post', () => {
  it('sends the body and the headers, and returns the whole answer', async () => {
    const result = await sendTo((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { method, url, headers } = request
        const seen = [method, url, headers['x-mark'], headers['content-length'], Buffer.concat(chunks).toString()]
        response.writeHead(418, { 'x-answer': 'yes' }).end(seen.join(' '))
      })
    })
    if (result.kind !== 'answer') throw new Error(result.reason)
    expect([result.status, result.headers['x-answer']]).to.deep.equal([418, 'yes'])
    expect(result.body).to.equal('POST /path?query=1 here 8 {"ü":1}')
  })

  it('joins a character that comes in two parts', async () => {
    const result = await sendTo((_, response) => {
      response.write(Buffer.from([0xe4, 0xb8]), () => response.end(Buffer.from([0xad])))
    })
    expect(result).to.include({ kind: 'answer', body: '中' })
  })

  it('takes 64 KiB and not a byte more', async () => {
    const size = 64 * 1024
    expect(await sendTo((_, response) => response.end('x'.repeat(size)))).to.include({ kind: 'answer' })
    expect(await sendTo((_, response) => response.end('x'.repeat(size + 1)))).to.deep.equal({
      kind: 'failure',
      code: 'ANSWER_TOO_LARGE',
      reason: 'the answer is larger than 65536 bytes',
      connected: true,
    })
  })

  it('names a refused connection', async () => {
    const server = createServer()
    const port = await portOf(server)
    await new Promise((resolve) => server.close(resolve))
    expect(await send(`http://127.0.0.1:${port}`)).to.deep.equal({
      kind: 'failure',
      code: 'ECONNREFUSED',
      reason: 'the network failed: ECONNREFUSED',
      connected: false,
    })
  })

  it('names a connection that ends without an answer, or in the middle of one', async () => {
    expect(await sendTo((_, response) => response.destroy())).to.include({
      kind: 'failure',
      code: 'ECONNRESET',
      connected: true,
    })
    const half = await sendTo((_, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half', () => response.destroy())
    })
    expect(half).to.include({ kind: 'failure', code: 'ECONNRESET', connected: true })
  })

  it('names an answer that is not HTTP', async () => {
    const port = await portOf(createServer((socket) => socket.end('220 mail.example.org ESMTP\r\n')))
    expect(await send(`http://127.0.0.1:${port}`)).to.include({ kind: 'failure', code: 'HPE_INVALID_CONSTANT' })
  })

  it('names a host that does not exist', async () => {
    const agent = new Agent({
      lookup: (_host, _options, callback) => {
        callback(Object.assign(new Error('no such host'), { code: 'ENOTFOUND' }), [])
      },
    })
    expect(await send('http://sms.invalid', { agent })).to.include({
      kind: 'failure',
      code: 'ENOTFOUND',
      connected: false,
    })
  })
})

describe("post's time to connect", () => {
  const timedOut = { kind: 'failure', code: 'CONNECT_TIMEOUT', reason: 'no connection within 150 ms', connected: false }

  it('ends when nobody takes the connection', async () => {
    const port = await blackHole()
    expect(await send(`http://127.0.0.1:${port}`, { connectTimeoutMs: 150 })).to.deep.equal(timedOut)
  })

  it('ends when the TLS handshake does not', async () => {
    const port = await portOf(createServer())
    expect(await send(`https://127.0.0.1:${port}`, { connectTimeoutMs: 150 })).to.deep.equal(timedOut)
  })

  it('ends when the name look-up does not', async () => {
    const agent = new Agent({ lookup: () => undefined })
    expect(await send('http://sms.invalid', { agent, connectTimeoutMs: 150 })).to.deep.equal(timedOut)
  })

  /** So long that a busy machine connects in it; and the answer comes later. */
  const [connectMs, lateMs] = [600, 900]

  it('does not count once connected, on a new connection or a kept one', async () => {
    const server = createHttpServer((_, response) => setTimeout(() => response.end('late'), lateMs))
    let connections = 0
    server.on('connection', () => (connections += 1))
    const url = `http://127.0.0.1:${await portOf(server)}`
    const agent = new Agent({ keepAlive: true })
    cleanups.push(() => agent.destroy())
    for (let time = 0; time < 2; time += 1) {
      expect(await send(url, { agent, connectTimeoutMs: connectMs })).to.include({ kind: 'answer', body: 'late' })
    }
    expect(connections).to.equal(1)
  })

  it('does not count once TLS is up', async () => {
    // With a shared key instead of a certificate TLS needs no files here.
    const shared = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const
    const psk = Buffer.from('a key for this test only')
    const server = createHttpsServer({ ...shared, pskCallback: () => psk }, (_, response) => {
      setTimeout(() => response.end('late'), lateMs)
    })
    const agent = new HttpsAgent({
      ...shared,
      keepAlive: true,
      pskCallback: () => ({ psk, identity: 'test' }),
      checkServerIdentity: () => undefined,
    })
    cleanups.push(() => agent.destroy())
    const url = `https://127.0.0.1:${await portOf(server)}`
    for (let time = 0; time < 2; time += 1) {
      expect(await send(url, { agent, connectTimeoutMs: connectMs })).to.include({ kind: 'answer', body: 'late' })
    }
  })
})

describe("post's time in all", () => {
  const timedOut = { kind: 'failure', code: 'TIMEOUT', reason: 'no whole answer within 150 ms', connected: true }

  it('ends when no answer comes', async () => {
    expect(await sendTo(() => undefined, { timeoutMs: 150 })).to.deep.equal(timedOut)
  })

  it('ends when the answer never does', async () => {
    const result = await sendTo(
      (_, response) => {
        const drip = setInterval(() => response.write('.'), 20)
        response.on('close', () => clearInterval(drip))
      },
      { timeoutMs: 150 },
    )
    expect(result).to.deep.equal(timedOut)
  })
})

describe("post's signal", () => {
  const reason = new Error('enough')

  /** Aborts a request once the server has seen it, and expects the reason and the end of the connection. */
  async function abortDuring(answer: (response: Parameters<RequestListener>[1]) => void): Promise<void> {
    const controller = new AbortController()
    let closed: Promise<unknown> = Promise.reject(new Error('no request came'))
    const result = sendTo(
      (_, response) => {
        closed = once(response, 'close')
        answer(response)
        setImmediate(() => controller.abort(reason))
      },
      { signal: controller.signal },
    )
    closed.catch(() => undefined)
    expect(await result.catch((error: unknown) => error)).to.equal(reason)
    await closed
    expect(getEventListeners(controller.signal, 'abort')).to.have.length(0)
  }

  it('ends a request that waits for its answer', () => abortDuring(() => undefined))

  it('ends a request in the middle of its answer', () => abortDuring((response) => response.write('half')))

  it('ends a request that is connecting', async () => {
    const port = await portOf(createServer())
    const controller = new AbortController()
    setTimeout(() => controller.abort(reason), 50)
    const result = send(`https://127.0.0.1:${port}`, { signal: controller.signal })
    expect(await result.catch((error: unknown) => error)).to.equal(reason)
  })

  it('sends nothing when aborted before', async () => {
    let requests = 0
    const result = sendTo(() => (requests += 1), { signal: AbortSignal.abort(reason) })
    expect(await result.catch((error: unknown) => error)).to.equal(reason)
    expect(requests).to.equal(0)
  })

  it('is left alone after an answer', async () => {
    const { signal } = new AbortController()
    await sendTo((_, response) => response.end('ok'), { signal })
    expect(getEventListeners(signal, 'abort')).to.have.length(0)
  })
})
