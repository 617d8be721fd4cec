import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Probes } from '../probes.ts'
import type { Metrics } from './create-metrics.ts'

/** How long a request may take to arrive, and its connection is kept for the next one, in milliseconds. */
const requestMs = 5_000
const keepAliveMs = 75_000

/** A few monitors ask, each over a connection or two. */
const mostConnections = 50

/** What it answers with. */
interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
}

/** What the server tells of. */
interface ServerLogger {
  error(fields: object, message: string): void
}

/**
 * A server for monitors, apart from the service: `/metrics`, `/livez`, `/readyz`, for whoever reaches it. It does not listen yet. It reads
 * nothing of a request but its method and path, and changes nothing.
 */
export function createMetricsServer(
  metrics: Pick<Metrics, 'text' | 'contentType'>,
  probes: Pick<Probes, 'answer'>,
  logger: ServerLogger,
): Server {
  const server = createServer(
    { headersTimeout: requestMs, requestTimeout: requestMs, keepAliveTimeout: keepAliveMs },
    (request, response) => {
      answerTo(request, metrics, probes)
        .catch((error: unknown): Answer => {
          logger.error({ reason: error instanceof Error ? error.message : String(error) }, 'metrics could not be read')
          return plain(500, 'the metrics could not be read; the log has more')
        })
        .then((answer) => send(request, response, answer))
        .catch(() => response.destroy())
    },
  )
  server.maxConnections = mostConnections
  return server
}

async function answerTo(
  { method, url = '/' }: IncomingMessage,
  metrics: Pick<Metrics, 'text' | 'contentType'>,
  probes: Pick<Probes, 'answer'>,
): Promise<Answer> {
  const [path = ''] = url.split('?')
  const probe = probes.answer(path)
  const isMetrics = path === '/metrics' || path === '/metrics/'
  if (probe === null && !isMetrics) return plain(404, 'expected /metrics, /livez or /readyz')
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'expected GET')
  if (probe === null) return { status: 200, type: metrics.contentType, text: await metrics.text() }
  const { status, body } = await probe
  return { status, type: 'application/json; charset=utf-8', text: JSON.stringify(body) }
}

function plain(status: number, text: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', text: `${text}\n` }
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, text }: Answer): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(status === 405 && { Allow: 'GET, HEAD' }),
  })
  response.end(request.method === 'HEAD' ? '' : text)
}
