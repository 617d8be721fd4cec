import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { ERRORS, type ErrorName } from './errors.ts'
import { LANGUAGE_TAGS } from './languages.ts'
import type { Logger } from './logger.ts'

/** Node's codes for what its parser refuses. Every other one of the parser's is a malformed request. */
const PARSER_ERRORS: Readonly<Record<string, ErrorName>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
}

/**
 * Answers, in the one form, what never becomes a request: what Node's parser can't read, or what does not arrive in time.
 * No header is known, and so no language that is preferred: the text is Chinese. The connection is closed.
 */
export function answerUnreadable(logger: Logger): (error: NodeJS.ErrnoException, socket: Duplex) => void {
  return (error, socket) => {
    const code = error.code ?? ''
    const isParser = code.startsWith('HPE_') || code in PARSER_ERRORS
    // Else the connection is lost. Behind the head of an answer there is no room for another one.
    if (!isParser || !socket.writable || hasBegunAnswer(socket)) {
      socket.destroy()
      return
    }
    const name = PARSER_ERRORS[code] ?? 'MALFORMED_REQUEST'
    const requestId = randomUUID()
    logger.info({ requestId, error: name, status: ERRORS[name].status, reason: code }, 'request could not be read')
    socket.end(answerOf(name, requestId), () => socket.destroy())
  }
}

function answerOf(name: ErrorName, requestId: string): string {
  const { code, status, zh } = ERRORS[name]
  const body = JSON.stringify({ code, errmsg: zh, error: name })
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Cache-Control: no-store',
    'Content-Type: application/json; charset=utf-8',
    `Content-Language: ${LANGUAGE_TAGS.zh}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    `X-Request-Id: ${requestId}`,
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

/** Node keeps the answer that is being sent on a connection there. */
function hasBegunAnswer(socket: Duplex): boolean {
  const { _httpMessage: answer } = socket as { _httpMessage?: { headersSent: boolean } | null }
  return answer?.headersSent === true
}
