import { createHash } from 'node:crypto'
import type { DescribedRouter } from '../openapi/described-router.ts'
import { documentOf, type Service } from '../openapi/document.ts'
import type { RouteDescription } from '../openapi/route-description.ts'

const OPENAPI: RouteDescription = {
  method: 'GET',
  path: '/openapi.json',
  operationId: 'readOpenApi',
  tag: 'service',
  summary: 'This document',
  answer: {
    description: 'An OpenAPI 3.1 document',
    mediaType: 'application/json',
    schema: { type: 'object' },
    revalidated: true,
  },
}

/** `GET /openapi.json`: the document of all routes of the router, made when it is first asked for. */
export function addOpenApiRoute(router: DescribedRouter, service: Service): void {
  let made: { text: string; etag: string } | undefined

  router.add(OPENAPI, async (ctx) => {
    made ??= make(router, service)
    ctx.set({ 'Cache-Control': 'no-cache', ETag: made.etag })
    ctx.type = 'json'
    ctx.body = made.text
    if (ctx.fresh) ctx.status = 304
  })
}

function make({ routes }: DescribedRouter, service: Service): { text: string; etag: string } {
  const text = JSON.stringify(documentOf(routes, service))
  return { text, etag: `"${createHash('sha256').update(text).digest('base64url')}"` }
}
