import type { SmsSettings } from './gateway.ts'
import { SmsRoute } from './route.ts'

const opened = new WeakMap<SmsSettings, SmsRoute>()

/**
 * The route for these settings, opened at its first use in this thread and kept: its connections are reused from task
 * to task, and end with the thread.
 *
 * @throws what `openGateway` throws
 */
export function sharedRoute(settings: SmsSettings): SmsRoute {
  const known = opened.get(settings)
  if (known !== undefined) return known
  const route = new SmsRoute(settings)
  opened.set(settings, route)
  return route
}
