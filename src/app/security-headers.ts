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

/**
 * Sets the headers that every answer carries. A later middleware may set others in their place.
 *
 * @param secure whether browsers reach the service by HTTPS, and may be told to come by nothing else
 */
export function setSecurityHeaders(secure: boolean): Koa.Middleware {
  const setByHelmet = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy(secure) },
    // For this host alone: what else lives under the domain is not ours to decide.
    strictTransportSecurity: secure && { maxAge: YEAR_SECONDS, includeSubDomains: false },
    // Not `no-referrer`: with it, browsers send `Origin: null` with what our own pages post.
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  })
  return (ctx, next) => {
    ctx.set('Permissions-Policy', PERMISSIONS_POLICY)
    return setByHelmet(ctx, next)
  }
}

/**
 * What the pages may load: their own scripts, styles, pictures and workers, and nothing inline. Nobody may frame them.
 * Vue makes a Trusted Types policy called `vue`; scripts of our own that start a worker use `lovage`.
 */
function contentSecurityPolicy(secure: boolean): Record<string, string[]> {
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
    'trusted-types': ['vue', 'lovage'],
    ...(secure && { 'upgrade-insecure-requests': [] }),
  }
}
