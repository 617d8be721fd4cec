import { ConsoleGateway } from './console.ts'
import { SmsError } from './errors.ts'
import type { SmsGateway, SmsSettings } from './gateway.ts'
import { YuntongxunGateway } from './yuntongxun.ts'

/** Every gateway, by the name that `sms.gateway` gives it. */
const gateways: Record<SmsSettings['gateway'], (settings: SmsSettings) => SmsGateway> = {
  console: () => new ConsoleGateway(),
  yuntongxun: (settings) => new YuntongxunGateway(settings),
}

/**
 * Opens the gateway that the settings name: a new one at every call, with connections of its own. Whoever opens it
 * keeps it and closes it.
 *
 * @throws SmsError SMS_GATEWAY_UNKNOWN, naming those that exist; SMS_SETTING_INVALID
 */
export function openGateway(settings: SmsSettings): SmsGateway {
  const { gateway } = settings
  if (!Object.hasOwn(gateways, gateway)) {
    const known = Object.keys(gateways).join(', ')
    throw new SmsError('SMS_GATEWAY_UNKNOWN', `sms.gateway: expected one of ${known}, came ${JSON.stringify(gateway)}`)
  }
  return gateways[gateway](settings)
}
