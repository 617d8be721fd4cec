import { computed, onScopeDispose, ref, watch } from 'vue'
import type { Api, SmsPurpose } from '../api.ts'
import type { FieldName } from '../forms/checks.ts'
import { maskMobile } from '../forms/checks.ts'
import { useCountdown } from '../forms/use-countdown.ts'
import type { Form } from '../forms/use-form.ts'
import { ApiError } from '../request.ts'
import { texts } from '../texts.ts'
import type { KeptRequests } from './kept-requests.ts'
import type { useCaptcha } from './use-captcha.ts'
import type { useProof } from './use-proof.ts'

export interface SmsCodeOptions {
  api: Pick<Api, 'sendSmsCode' | 'smsStatus'>
  purpose: SmsPurpose
  form: Pick<Form, 'values' | 'errors' | 'codeRequested' | 'checkAll' | 'clear' | 'tell' | 'note' | 'warn' | 'show'>
  captcha: Pick<ReturnType<typeof useCaptcha>, 'id' | 'renew'>
  /** A proof that stands for the captcha, if the visitor had one made. */
  proof?: Pick<ReturnType<typeof useProof>, 'take' | 'clear'>
  focus: (field: FieldName) => void
  /** Waits until it is known whether the mobile is taken, where that matters. */
  lookUp?: (() => Promise<void>) | undefined
  /** Where requests are kept across a reload. */
  kept?: Pick<KeptRequests, 'read' | 'add'>
  /** When to ask what became of a message: milliseconds before each question. Sending usually takes a second or two. */
  statusDelaysMs?: readonly number[]
  now?: () => number
}

const STATUS_DELAYS_MS = [800, 1200, 2000, 3000, 5000, 8000, 10_000]

/**
 * The button that sends an SMS code, and the captcha that it costs.
 *
 * 1. The mobile number and the captcha (unless there is a proof in its place) are checked; the first faulty one gets the focus. A
 *    number that is taken is told before anything is sent.
 * 2. The code is asked for. Whatever comes back, the captcha is used up: a new picture, and its field emptied.
 * 3. On success, and when it was too soon, the button counts the server's seconds down for this number, also after a reload.
 * 4. The server only queued the message, so the page asks a few times what became of it, and says so, and what to do when it failed.
 */
export function useSmsCode(options: SmsCodeOptions) {
  const { api, purpose, form, captcha, proof, focus, lookUp, kept, statusDelaysMs = STATUS_DELAYS_MS } = options
  const { now = Date.now } = options
  const { values, errors } = form
  const countdown = useCountdown(now)
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
  takeUp()
  watch([remaining, () => values.phone], ([seconds, phone], [before, phoneBefore]) => {
    const over = seconds === 0 && before > 0 && phone === phoneBefore
    if (over && values.msg_code === '' && errors.msg_code === '') form.note('msg_code', () => texts.sms.late)
  })

  async function request(): Promise<void> {
    if (sending.value || remaining.value > 0) return
    form.warn('')
    const made = proof?.take()
    const needed: FieldName[] = made === undefined ? ['phone', 'pic_code'] : ['phone']
    if (!form.checkAll(needed)) return
    const mobile = values.phone
    sending.value = true
    try {
      await lookUp?.()
      if (!form.checkAll(needed)) return
      const picture = { image_code: values.pic_code, image_code_id: captcha.id.value }
      const answer = made === undefined ? picture : { captcha_proof: made }
      const { taskId, retryAfter } = await api.sendSmsCode({ mobile, purpose, ...answer })
      renewCaptcha()
      wait(mobile, retryAfter, taskId)
      form.tell('msg_code', '')
      focus('msg_code')
      follow(taskId, mobile)
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

  function wait(mobile: string, seconds: number, taskId?: string): void {
    form.codeRequested.value = true
    countdown.start(mobile, seconds)
    const askedAt = now()
    kept?.add({ mobile, askedAt, freeAt: askedAt + seconds * 1000, taskId })
  }

  /** Goes on with what was asked for before the page was loaded again: its number, its wait, its message. */
  function takeUp(): void {
    const requests = kept?.read(now()) ?? []
    for (const { mobile, freeAt } of requests) countdown.start(mobile, (freeAt - now()) / 1000)
    const last = requests.at(-1)
    if (last === undefined) return
    form.codeRequested.value = true
    if (values.phone === '') values.phone = last.mobile
    if (values.phone === last.mobile && last.taskId !== undefined) follow(last.taskId, last.mobile)
  }

  function follow(taskId: string | undefined, mobile: string): void {
    form.note('msg_code', () => texts.sms.queued(maskMobile(mobile)))
    followed = taskId
    if (taskId !== undefined) void tellStatus(taskId, mobile)
  }

  async function tellStatus(taskId: string, mobile: string): Promise<void> {
    for (const delay of statusDelaysMs) {
      await new Promise((resolve) => setTimeout(resolve, delay))
      if (followed !== taskId) return
      // A status that cannot be read is not the user's concern: the message comes or it does not.
      const status = await api.smsStatus(taskId).catch(() => undefined)
      if (followed !== taskId || values.phone !== mobile || status === undefined) return
      if (status === 'sent') form.note('msg_code', () => texts.sms.sent(maskMobile(mobile)))
      // Whoever is typing a code has got one, whatever the gateway said.
      if (status === 'failed' && values.msg_code === '') form.tell('msg_code', () => texts.sms.failed)
      if (status === 'sent' || status === 'failed') return
    }
  }

  return { label, sending, remaining, request, renewCaptcha }
}
