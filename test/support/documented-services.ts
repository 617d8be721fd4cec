import type { OpenApiDocument } from '../../src/app/openapi/document.ts'
import { OpenApiChecker, type Exchange } from './openapi-checker.ts'

const checkers = new Map<string, OpenApiChecker>()
const byOrigin = new Map<string, OpenApiChecker>()

/**
 * Reads the OpenAPI document of a service that has just been started. From now on every exchange with it is compared
 * with that.
 */
export async function readDocument(url: string): Promise<void> {
  const answer = await fetch(new URL('/openapi.json', url))
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`expected the OpenAPI document, came ${answer.status} ${text}`)
  const checker = checkers.get(text) ?? new OpenApiChecker(JSON.parse(text) as OpenApiDocument)
  checkers.set(text, checker)
  byOrigin.set(new URL(url).origin, checker)
}

/** @throws Error when the service did not do what its document says, or when that was not read */
export function checkExchange(exchange: Exchange): void {
  const checker = byOrigin.get(exchange.url.origin)
  if (checker === undefined) throw new Error(`expected the OpenAPI document of ${exchange.url.origin} to be read first`)
  checker.check(exchange)
}
