import type Koa from 'koa'
import { AppError } from './errors.ts'
import { hasUnreadableTarget } from './request-targets.ts'

/** A name, or an address, and a port: what browsers and proxies send. */
const HOST = /^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/i

/**
 * Refuses requests that are longer than any of ours, or that do not say clearly whom they are for. Node's parser has
 * already refused those that are no HTTP.
 *
 * @param limits.maxUrlBytes longest address
 * @param limits.maxHeaders most headers
 * @throws AppError URL_TOO_LONG, HEADERS_TOO_LARGE, MALFORMED_REQUEST
 */
export function limitRequests(limits: { maxUrlBytes: number; maxHeaders: number }): Koa.Middleware {
  return (ctx, next) => {
    // Node reads an address as Latin-1: a character is a byte.
    if (ctx.req.url !== undefined && ctx.req.url.length > limits.maxUrlBytes) throw new AppError('URL_TOO_LONG')
    if (ctx.req.rawHeaders.length / 2 > limits.maxHeaders) throw new AppError('HEADERS_TOO_LARGE')
    if (hasUnreadableTarget(ctx) || !hasGoodHost(ctx)) throw new AppError('MALFORMED_REQUEST')
    return next()
  }
}

/** RFC 9112, section 3.2: a request in HTTP/1.1 has exactly one Host. Of two, Node would drop one, and a proxy the other. */
function hasGoodHost({ req }: Koa.Context): boolean {
  const hosts = req.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
  if (hosts.length === 0) return req.httpVersion === '1.0'
  return hosts.length === 1 && HOST.test(req.headers.host ?? '')
}
