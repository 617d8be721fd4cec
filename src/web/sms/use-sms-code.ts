import { computed, onScopeDispose, ref } from 'vue'
import type { Api } from '../api.ts'
import { ApiError } from '../api.ts'
import type { FieldName } from '../forms/checks.ts'
import { maskMobile } from '../forms/checks.ts'
import { texts } from '../texts.ts'
import type { useCaptcha } from './use-captcha.ts'
import type { useProof } from './use-proof.ts'
import { useCountdown } from './use-countdown.ts'
import type { RegisterForm } from '../register/use-register-form.ts'

export interface SmsCodeOptions {
  api: Pick<Api, 'sendSmsCode' | 'smsStatus'>
  form: Pick<RegisterForm, 'values' | 'errors' | 'notes' | 'alert' | 'codeRequested' | 'checkAll' | 'clear' | 'show'>
  captcha: Pick<ReturnType<typeof useCaptcha>, 'id' | 'renew'>
  /** A proof that stands for the captcha, if the visitor had one made. */
  proof?: Pick<ReturnType<typeof useProof>, 'take' | 'clear'>
  focus: (field: FieldName) => void
  /** When to ask what became of a message: milliseconds before each question. Sending usually takes a second or two. */
  statusDelaysMs?: readonly number[]
}

const STATUS_DELAYS_MS = [800, 1200, 2000, 3000, 5000, 8000, 10_000]

/**
 * The button that sends an SMS code, and the captcha that it costs.
 *
 * 1. The mobile number and the captcha (unless there is a proof in its place) are checked; the first faulty one gets the focus.
 * 2. The code is asked for. Whatever comes back, the captcha is used up: a new picture, and its field emptied.
 * 3. On success, and when it was too soon, the button counts the server's seconds down for this number.
 * 4. The server only queued the message, so the page asks a few times what became of it, and says so.
 */
export function useSmsCode(options: SmsCodeOptions) {
  const { api, form, captcha, proof, focus, statusDelaysMs = STATUS_DELAYS_MS } = options
  const { values, errors, notes } = form
  const countdown = useCountdown()
  const sending = ref(false)
  const remaining = computed(() => countdown.remaining(values.phone))
  const label = computed(() => {
    if (sending.value) return texts.sms.sending
    return remaining.value > 0 ? texts.sms.again(remaining.value) : texts.sms.get
  })
  let followed: string | undefined
  onScopeDispose(() => {
    followed = undefined
  })

  async function request(): Promise<void> {
    if (sending.value || remaining.value > 0) return
    form.alert.value = ''
    const made = proof?.take()
    if (!form.checkAll(made === undefined ? ['phone', 'pic_code'] : ['phone'])) return
    const mobile = values.phone
    sending.value = true
    try {
      const picture = { image_code: values.pic_code, image_code_id: captcha.id.value }
      const answer = made === undefined ? picture : { captcha_proof: made }
      const { taskId, retryAfter } = await api.sendSmsCode({ mobile, ...answer })
      renewCaptcha()
      wait(mobile, retryAfter)
      errors.msg_code = ''
      notes.msg_code = texts.sms.queued(maskMobile(mobile))
      focus('msg_code')
      if (taskId !== undefined) void follow(taskId, mobile)
    } catch (failure) {
      renewCaptcha()
      if (failure instanceof ApiError && failure.status === 429) wait(mobile, failure.retryAfter ?? 60)
      form.show(failure)
    } finally {
      sending.value = false
    }
  }

  /** Another picture, and its field emptied: what was typed belongs to the old one. */
  function renewCaptcha(): void {
    captcha.renew()
    proof?.clear()
    form.clear('pic_code')
  }

  function wait(mobile: string, seconds: number): void {
    form.codeRequested.value = true
    countdown.start(mobile, seconds)
  }

  async function follow(taskId: string, mobile: string): Promise<void> {
    followed = taskId
    for (const delay of statusDelaysMs) {
      await new Promise((resolve) => setTimeout(resolve, delay))
      // A status that cannot be read is not the user's concern: the message comes or it does not.
      const status = await api.smsStatus(taskId).catch(() => undefined)
      if (followed !== taskId || values.phone !== mobile || status === undefined) return
      if (status === 'sent') notes.msg_code = texts.sms.sent(maskMobile(mobile))
      // Whoever is typing a code has got one, whatever the gateway said.
      if (status === 'failed' && values.msg_code === '') errors.msg_code = texts.sms.failed
      if (status === 'sent' || status === 'failed') return
    }
  }

  return { label, sending, remaining, request, renewCaptcha }
}
