import { createServer, type RequestListener, type Server } from 'node:http'
import type { Settings } from '../../config/default.ts'
import type { Logger } from './logger.ts'
import { answerUnreadable } from './unreadable-requests.ts'

export type HttpLimits = Readonly<
  Pick<
    Settings['http'],
    | 'maxHeaderBytes'
    | 'headersTimeoutMs'
    | 'requestTimeoutMs'
    | 'keepAliveTimeoutMs'
    | 'answerTimeoutMs'
    | 'maxConnections'
  >
>

/** How often at least Node looks for connections whose time is over, in milliseconds. Its default is 30 s. */
const CHECK_EVERY_MS = 1_000

/** How often at most the log tells of connections that were closed because there were too many, in milliseconds. */
const TELL_EVERY_MS = 10_000

/** A server with every bound set that Node has; it does not listen yet. */
export function createHttpServer(answer: RequestListener, limits: HttpLimits, logger: Logger): Server {
  const { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs, answerTimeoutMs } = limits
  const server = createServer(
    {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, headersTimeoutMs),
      insecureHTTPParser: false,
      // The service refuses it itself, in its own form.
      requireHostHeader: false,
    },
    answer,
  )
  server.maxConnections = limits.maxConnections
  // As many as fit into `maxHeaderBytes`: the service itself counts them. Node would pass over those beyond.
  server.maxHeadersCount = 0
  // For whoever does not read the answer. While it is made nothing need come or go.
  server.timeout = answerTimeoutMs + keepAliveTimeoutMs
  server.on('clientError', answerUnreadable(logger))
  // Expectations other than `100-continue` may be passed over: RFC 9110, section 10.1.1.
  server.on('checkExpectation', answer)
  tellOfDrops(server, logger)
  return server
}

/** Connections beyond the most are closed without a word; the log says how many. */
function tellOfDrops(server: Server, logger: Logger): void {
  let dropped = 0
  let toldAt = -Infinity
  server.on('drop', () => {
    dropped += 1
    if (performance.now() - toldAt < TELL_EVERY_MS) return
    toldAt = performance.now()
    logger.warn({ dropped, maxConnections: server.maxConnections }, 'too many connections: new ones are closed')
  })
}
