import type Koa from 'koa'

/**
 * The value of a request's cookie, as it was sent. Nothing where it was sent more than once: a page of a neighbouring host may have
 * set the other one, and which of them comes first is for nobody to rely on.
 */
export function onlyCookie(ctx: Koa.Context, name: string): string | undefined {
  const values = ctx
    .get('Cookie')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
  return values.length === 1 ? values[0] : undefined
}
