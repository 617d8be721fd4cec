import { PermanentError, TransientError } from '../../src/engine/errors.ts'
import { defineTask } from '../../src/engine/task.ts'
import type { SmsSettings } from '../../src/sms/gateway.ts'
import { maskMobile } from '../../src/sms/mask.ts'
import { sharedGateway } from '../../src/sms/shared-gateway.ts'

const retryInPlace = { times: 2, waitMs: 200 }
const retryBackoff = { seconds: 2, maxSeconds: 60 }
const mask = (mobile: string): string[] => [maskMobile(mobile), '***']
const settingsOf = (settings: Readonly<Record<string, unknown>>): SmsTaskSettings => settings['sms'] as SmsTaskSettings

/**
 * Sends a code to a mobile; returns 0 when the gateway accepted the message.
 *
 * Without a mobile it is a message to nobody: what asks for codes for accounts sends one where there is no account, so that
 * nobody sees a difference. It ends well, and nothing is sent.
 *
 * The request id comes from the task's id: a gateway that knows it takes a second try for the first. With one that does
 * not, a message whose sending was cut off is not sent again blindly, unless the settings say so.
 */
export const sendSmsCode = defineTask(
  'ccp_send_sms_code',
  {
    retryInPlace,
    retryBackoff,
    softTimeLimit: 20,
    timeLimit: 30,
    onUncertain: (settings) => {
      const { gateway, onUncertain } = settingsOf(settings)
      return sharedGateway(gateway).idempotent ? 'retry' : onUncertain
    },
    // The provider's limit is for all processes together, and for each gateway another one.
    rateLimit: (settings) => {
      const { gateway, rateLimit } = settingsOf(settings)
      return rateLimit === null ? null : { rate: rateLimit, scope: 'global', key: gateway.gateway }
    },
    mask,
    params: ['mobile', 'code'],
  },
  async (context, mobile: string, code: string) => {
    if (mobile === '') return 0
    const { gateway: settings, validMinutes } = settingsOf(context.settings)
    const gateway = sharedGateway(settings)
    const result = await gateway.send({ mobile, code, validMinutes, requestId: context.id }, context.signal)
    if (result.class === 'accepted') return 0
    const reason = `${gateway.name}: ${result.providerCode}: ${result.reason}`
    if (result.class === 'transient') throw new TransientError(reason, { retryAfterMs: result.retryAfterMs })
    throw new PermanentError('SmsRejected', reason, { deadLetter: result.class === 'configuration' })
  },
)

/** What this task finds in `context.settings.sms`. */
export interface SmsTaskSettings {
  readonly gateway: SmsSettings
  /** What becomes of a message whose sending was cut off, at a gateway that can not tell a second try. */
  readonly onUncertain: 'retry' | 'fail'
  /** How often a message may be sent, by all processes together: `100/m`; null: no limit. */
  readonly rateLimit: string | null
  /** How long a code is valid, in minutes. */
  readonly validMinutes: number
}
