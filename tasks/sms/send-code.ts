import { PermanentError, TransientError } from '../../src/engine/errors.ts'
import { defineTask, type TaskContext } from '../../src/engine/task.ts'
import type { SmsSettings } from '../../src/sms/gateway.ts'
import { maskMobile } from '../../src/sms/mask.ts'
import { sharedRoute } from '../../src/sms/shared-route.ts'

const retryInPlace = { times: 2, waitMs: 200 }
const retryBackoff = { seconds: 2, maxSeconds: 60 }
const mask = (mobile: string): string[] => [maskMobile(mobile), '***']
const settingsOf = (settings: Readonly<Record<string, unknown>>): SmsTaskSettings => settings['sms'] as SmsTaskSettings

/** For each run the gateway that may have sent its message: where the run is tried again in place, that is all there is. */
const pins = new WeakMap<TaskContext, string>()

/**
 * Sends a code to a mobile; returns 0 when a gateway accepted the message.
 *
 * Without a mobile it is a message to nobody: what asks for codes for accounts sends one where there is no account, so that
 * nobody sees a difference. It ends well, and nothing is sent.
 *
 * The request id comes from the task's id: a gateway that knows it takes a second try for the first. So a message that may have been
 * sent goes to the same gateway again, in this run and in the next ones, and to no other. With a gateway that can't tell a second
 * try, it is not sent again, unless the settings say so.
 */
export const sendSmsCode = defineTask(
  'ccp_send_sms_code',
  {
    retryInPlace,
    retryBackoff,
    softTimeLimit: 20,
    timeLimit: 30,
    // Of a run that died nobody knows which gateway had the message.
    onUncertain: (settings) => {
      const { gateway, onUncertain } = settingsOf(settings)
      return sharedRoute(gateway).idempotent ? 'retry' : onUncertain
    },
    // The provider's limit is for all processes together, and for each gateway another one. Which of several gets a message is not known
    // yet: all count for the first, so none gets more than its limit.
    rateLimit: (settings) => {
      const { gateway, rateLimit } = settingsOf(settings)
      return rateLimit === null ? null : { rate: rateLimit, scope: 'global', key: gateway.gateways[0] ?? 'none' }
    },
    mask,
    params: ['mobile', 'code'],
  },
  async (context, mobile: string, code: string) => {
    if (mobile === '') return 0
    const { gateway: settings, validMinutes, onUncertain } = settingsOf(context.settings)
    const pin = pins.get(context) ?? context.memo
    const message = { mobile, code, validMinutes, requestId: context.id }
    const { gateway, result } = await sharedRoute(settings).send(message, context.signal, pin)
    if (result.class === 'accepted') return 0
    const reason = `${gateway.name}: ${result.providerCode}: ${result.reason}`
    if (result.class !== 'transient') {
      throw new PermanentError('SmsRejected', reason, { deadLetter: result.class === 'configuration' })
    }
    const { retryAfterMs } = result
    if (result.maybeSent !== true) throw new TransientError(reason, { retryAfterMs, memo: pin ?? undefined })
    if (gateway.idempotent) {
      pins.set(context, gateway.name)
      throw new TransientError(reason, { retryAfterMs, memo: gateway.name })
    }
    if (onUncertain === 'retry') throw new TransientError(reason, { retryAfterMs })
    throw new PermanentError('UNCERTAIN', `it may have taken effect, or not: ${reason}`)
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
