import type { ResolvedSettings } from '../config/settings-types.ts'
import type { SmsSettings } from '../sms/gateway.ts'
import type { HealthBoard } from '../sms/health-board.ts'
import type { SmsTaskSettings } from '../../tasks/sms/send-code.ts'

/** What the gateways need of the settings. Those of a gateway that is not chosen may be missing; the check of settings has seen to the others. */
export function gatewaySettings({ sms }: Pick<ResolvedSettings, 'sms'>): SmsSettings {
  const { gateways, connectTimeoutMs, timeoutMs, breaker, yuntongxun, aliyun, tencent, twilio, webhook } = sms
  return {
    gateways,
    connectTimeoutMs,
    timeoutMs,
    breaker,
    yuntongxun: present(yuntongxun),
    aliyun: { ...present(aliyun), minutesParam: aliyun.minutesParam },
    tencent: present(tencent),
    twilio: present(twilio),
    webhook: { url: webhook.url ?? '', secrets: webhook.secrets ?? [], text: webhook.text },
  }
}

/**
 * What the task finds in its settings: plain data, and memory for the gateways' figures that all threads of this process share.
 *
 * @param board of the settings' gateways
 */
export function smsTaskSettings(
  { sms, codes }: Pick<ResolvedSettings, 'sms' | 'codes'>,
  board: HealthBoard,
): SmsTaskSettings {
  const { onUncertain, rateLimit } = sms
  return {
    gateway: { ...gatewaySettings({ sms }), health: board.memory },
    onUncertain,
    rateLimit,
    validMinutes: Math.ceil(codes.ttlSeconds / 60),
  }
}

type Present<T> = { [K in keyof T]: Exclude<T[K], null> }

/** The same with an empty text for null. */
function present<T extends object>(settings: T): Present<T> {
  const entries = Object.entries(settings).map(([name, value]: [string, unknown]) => [name, value ?? ''])
  return Object.fromEntries(entries) as Present<T>
}
