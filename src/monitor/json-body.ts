import type { IncomingMessage } from 'node:http'
import { MonitorError } from './monitor-error.ts'

/** Largest body, in bytes. */
const maxBytes = 65_536

/**
 * The body of a request: a JSON object; no body at all counts as an empty one. How long it may take to arrive is up to the server.
 *
 * @throws MonitorError BAD_REQUEST, TOO_LARGE
 */
export async function readJsonBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  const body = await bytesOf(request)
  if (body.length === 0) return {}
  if (type !== 'application/json') {
    throw new MonitorError('BAD_REQUEST', `Content-Type: expected application/json, came ${shown(type)}`)
  }
  return parse(body)
}

/** What is too large is left unread, and not the connection ended: the client is to hear of it. */
function bytesOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const take = (chunk: Buffer): void => {
      bytes += chunk.length
      chunks.push(chunk)
      if (bytes <= maxBytes) return
      request.off('data', take).pause()
      reject(new MonitorError('TOO_LARGE', `expected a body of at most ${maxBytes} bytes`))
    }
    request.on('data', take)
    request.once('end', () => resolve(Buffer.concat(chunks)))
    request.once('close', () => reject(new MonitorError('BAD_REQUEST', 'expected a whole body; the client has gone')))
  })
}

function parse(body: Buffer): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    throw new MonitorError('BAD_REQUEST', 'expected a body of JSON in UTF-8', { cause })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new MonitorError('BAD_REQUEST', 'expected a body that is a JSON object')
}

function shown(type: string | undefined): string {
  return type === undefined ? 'none' : JSON.stringify(type.slice(0, 100))
}
