import { AliyunGateway } from './aliyun.ts'
import { ConsoleGateway } from './console.ts'
import { SmsError } from './errors.ts'
import type { GatewayName, SmsGateway, SmsSettings } from './gateway.ts'
import { TencentGateway } from './tencent.ts'
import { TwilioGateway } from './twilio.ts'
import { WebhookGateway } from './webhook.ts'
import { YuntongxunGateway } from './yuntongxun.ts'

/** Every gateway, by the name that `sms.gateways` gives it. */
const gateways: Record<GatewayName, (settings: SmsSettings) => SmsGateway> = {
  console: () => new ConsoleGateway(),
  yuntongxun: (settings) => new YuntongxunGateway(settings),
  aliyun: (settings) => new AliyunGateway(settings),
  tencent: (settings) => new TencentGateway(settings),
  twilio: (settings) => new TwilioGateway(settings),
  webhook: (settings) => new WebhookGateway(settings),
}

/**
 * Opens the gateway of that name: a new one at every call, with connections of its own. Whoever opens it keeps it and
 * closes it.
 *
 * @throws SmsError SMS_GATEWAY_UNKNOWN, naming those that exist; SMS_SETTING_INVALID
 */
export function openGateway(name: GatewayName, settings: SmsSettings): SmsGateway {
  if (!Object.hasOwn(gateways, name)) {
    const known = Object.keys(gateways).join(', ')
    throw new SmsError('SMS_GATEWAY_UNKNOWN', `sms.gateways: expected some of ${known}, came ${JSON.stringify(name)}`)
  }
  return gateways[name](settings)
}
