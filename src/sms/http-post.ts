import { type Agent, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

/** Largest answer that is read, in bytes. */
const MAX_ANSWER_BYTES = 64 * 1024

/** A request and its limits. */
export interface Post {
  /** Default POST; GET goes without a body. */
  readonly method?: 'POST' | 'GET'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The connections to use: of node:https for an https address, of node:http else. */
  readonly agent: Agent
  /** From the call to a usable connection: name look-up, TCP and TLS, in milliseconds. */
  readonly connectTimeoutMs: number
  /** From the call to the answer's last byte, in milliseconds. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** An answer that came whole, whatever its status. */
export interface PostAnswer {
  readonly kind: 'answer'
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** The name of what went wrong and a sentence about it. */
export interface PostFailure {
  readonly kind: 'failure'
  readonly code: string
  readonly reason: string
  /** Whether there was a connection, TLS included: nothing has left before, and nobody knows how far it came after. */
  readonly connected: boolean
}

/** What came of a request. */
export type PostResult = PostAnswer | PostFailure

/**
 * Sends one request and reads its answer. fetch can't bound the time to connect apart from the whole, hence node:http.
 * Redirects are not followed.
 *
 * In order: start the request and both clocks; stop the first clock once connected; send the body; collect the answer
 * up to 64 KiB. Whatever comes first settles it: the answer's end, an error, a clock, the signal.
 *
 * @throws the signal's reason when aborted; what node:http throws for a request that it can't write
 */
export function post(options: Post): Promise<PostResult> {
  const { method = 'POST', url, body, signal, connectTimeoutMs, timeoutMs } = options
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const secure = url.protocol === 'https:'
    const request = (secure ? httpsRequest : httpRequest)(url, {
      method,
      agent: options.agent,
      headers: method === 'GET' ? options.headers : { ...options.headers, 'content-length': Buffer.byteLength(body) },
    })
    let connected = false

    const onAbort = (): void => {
      finish()
      request.destroy()
      reject(signal.reason)
    }
    const fail = (code: string, reason: string): void => {
      finish()
      request.destroy()
      resolve({ kind: 'failure', code, reason, connected })
    }
    const failWith = (error: Error): void => {
      // The message may name what was sent; the code never does.
      const code = 'code' in error && typeof error.code === 'string' ? error.code : 'NETWORK'
      fail(code, `the network failed: ${code}`)
    }
    const connectClock = setTimeout(() => {
      fail('CONNECT_TIMEOUT', `no connection within ${connectTimeoutMs} ms`)
    }, connectTimeoutMs)
    const totalClock = setTimeout(() => {
      fail('TIMEOUT', `no whole answer within ${timeoutMs} ms`)
    }, timeoutMs)
    const finish = (): void => {
      clearTimeout(connectClock)
      clearTimeout(totalClock)
      signal.removeEventListener('abort', onAbort)
    }

    signal.addEventListener('abort', onAbort)
    request.on('error', failWith)
    const onConnected = (): void => {
      connected = true
      clearTimeout(connectClock)
    }
    request.on('socket', (socket) => {
      if (request.reusedSocket) onConnected()
      else socket.once(secure ? 'secureConnect' : 'connect', onConnected)
    })
    request.on('response', (response) => {
      collect(response, fail, (text) => {
        finish()
        resolve({ kind: 'answer', status: response.statusCode ?? 0, headers: response.headers, body: text })
      })
      response.on('error', failWith)
    })
    if (method === 'GET') request.end()
    else request.end(body)
  })
}

function collect(
  response: IncomingMessage,
  fail: (code: string, reason: string) => void,
  done: (text: string) => void,
): void {
  const chunks: Buffer[] = []
  let size = 0
  response.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) fail('ANSWER_TOO_LARGE', `the answer is larger than ${MAX_ANSWER_BYTES} bytes`)
    else chunks.push(chunk)
  })
  response.on('end', () => done(Buffer.concat(chunks).toString('utf8')))
}
