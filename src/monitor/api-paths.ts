import type { IncomingMessage } from 'node:http'

/** Where all of the dashboard is that is no page. */
export const apiPrefix = '/monitor/api'

/** Where the live figures are, under that. */
export const livePath = '/live'

/** Whether a request is for the live figures, whose answer goes on and on. */
export function isLive({ url = '' }: Pick<IncomingMessage, 'url'>): boolean {
  return url.split('?', 1)[0]?.replace(/\/$/, '') === `${apiPrefix}${livePath}`
}
