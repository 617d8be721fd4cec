import type { Access } from '../access/access.ts'
import { livePath } from '../api-paths.ts'
import type { MonitorPart } from '../monitor-routes.ts'
import type { LiveFeed } from './live-feed.ts'

/** `GET /live`: server-sent events. */
export function livePart(feed: LiveFeed, access: Pick<Access, 'isOpen'>): MonitorPart {
  return (routes) =>
    routes.show(livePath, ({ context }) => {
      if (context.method === 'HEAD') return {}
      const stream = feed.open(context.get('Last-Event-ID'), () => access.isOpen(context))
      // The server's own limit of silence is for answers that end. A viewer that does not read is let go by the feed.
      context.req.socket.setTimeout(0)
      // The connection is lost, or the answer was not sent at all.
      context.res.once('close', () => stream.destroy())
      context.type = 'text/event-stream'
      context.set('Cache-Control', 'no-store, no-transform')
      // nginx would gather it.
      context.set('X-Accel-Buffering', 'no')
      context.body = stream
      return undefined
    })
}
