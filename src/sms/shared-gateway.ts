import type { SmsGateway, SmsSettings } from './gateway.ts'
import { openGateway } from './open-gateway.ts'

const opened = new WeakMap<SmsSettings, SmsGateway>()

/**
 * The gateway for these settings, opened at its first use in this thread and kept: its connections are reused from task
 * to task, and end with the thread.
 *
 * @throws what `openGateway` throws
 */
export function sharedGateway(settings: SmsSettings): SmsGateway {
  const known = opened.get(settings)
  if (known !== undefined) return known
  const gateway = openGateway(settings)
  opened.set(settings, gateway)
  return gateway
}
