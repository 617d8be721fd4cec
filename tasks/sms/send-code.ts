import { PermanentError, TransientError } from '../../src/engine/errors.ts'
import { defineTask } from '../../src/engine/task.ts'
import type { SmsSettings } from '../../src/sms/gateway.ts'
import { maskMobile } from '../../src/sms/mask.ts'
import { sharedGateway } from '../../src/sms/shared-gateway.ts'

const retryInPlace = { times: 2, waitMs: 200 }
const mask = (mobile: string): string[] => [maskMobile(mobile), '***']

/** Sends a code to a mobile; returns 0 when the gateway accepted the message. */
export const sendSmsCode = defineTask(
  'ccp_send_sms_code',
  { retryInPlace, softTimeLimit: 20, mask },
  async (context, mobile: string, code: string) => {
    const { gateway: settings, validMinutes } = context.settings['sms'] as SmsTaskSettings
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
  /** How long a code is valid, in minutes. */
  readonly validMinutes: number
}
