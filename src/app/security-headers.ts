import type Koa from 'koa'
import helmet from 'koa-helmet'

const YEAR_SECONDS = 31_536_000

/** Nothing of this is for the pages, nor for what they would frame. Long-standing names only: browsers complain of those that they do not know. */
const PERMISSIONS_POLICY = [
  'accelerometer',
  'camera',
  'display-capture',
  'fullscreen',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'usb',
]
  .map((feature) => `${feature}=()`)
  .join(', ')

/** Whatever serves the page of the API's documentation (static-pages). */
const DOCS_PAGE = /^\/docs(?:\/(?:index\.html)?)?$/

/** Trusted Types policies: Vue makes one called `vue`; scripts of our own that start a worker use `lovage`. */
const PAGES_TRUST = ['vue', 'lovage']

/** Swagger UI's cleaner of markup makes `dompurify`. It hands on text; our `default` cleans that again, for which it uses `lovage`. */
const DOCS_TRUST = ['dompurify', 'default', 'lovage']

/**
 * Sets the headers that every answer carries. A later middleware may set others in their place.
 *
 * @param secure whether browsers reach the service by HTTPS, and may be told to come by nothing else
 */
export function setSecurityHeaders(secure: boolean): Koa.Middleware {
  const setByHelmet = helmet({
    contentSecurityPolicy: false,
    // For this host alone: what else lives under the domain is not ours to decide.
    strictTransportSecurity: secure && { maxAge: YEAR_SECONDS, includeSubDomains: false },
    // Not `no-referrer`: with it, browsers send `Origin: null` with what our own pages post.
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  })
  const policyOf = (trusted: string[]): Koa.Middleware =>
    helmet.contentSecurityPolicy({ useDefaults: false, directives: contentSecurityPolicy(secure, trusted) })
  const [setPolicy, setDocsPolicy] = [policyOf(PAGES_TRUST), policyOf(DOCS_TRUST)]
  return (ctx, next) => {
    ctx.set('Permissions-Policy', PERMISSIONS_POLICY)
    return setByHelmet(ctx, () => (DOCS_PAGE.test(ctx.path) ? setDocsPolicy : setPolicy)(ctx, next))
  }
}

/**
 * What the pages may load: their own scripts, styles, pictures and workers, and nothing inline. Nobody may frame them.
 *
 * @param trusted names of the Trusted Types policies that they may make
 */
function contentSecurityPolicy(secure: boolean, trusted: string[]): Record<string, string[]> {
  return {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'img-src': ["'self'"],
    'connect-src': ["'self'"],
    'worker-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
    'require-trusted-types-for': ["'script'"],
    'trusted-types': trusted,
    ...(secure && { 'upgrade-insecure-requests': [] }),
  }
}
