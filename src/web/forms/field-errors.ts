import { ApiError } from '../api.ts'
import type { FieldName } from './checks.ts'
import { texts } from '../texts.ts'

/** Where an error is shown: beside a field, or below the submit button when it is no field's fault. */
export type Place = FieldName | 'form'

interface Row {
  /** The server's name for the error. */
  readonly error: string
  /** Its Chinese texts: they find the place where a server sends no name. */
  readonly errmsgs: readonly string[]
  readonly place: Place
}

const TABLE: readonly Row[] = [
  { error: 'USERNAME_FORMAT', errmsgs: ['用户名格式有误'], place: 'user_name' },
  { error: 'USERNAME_TAKEN', errmsgs: ['用户名已存在'], place: 'user_name' },
  { error: 'PASSWORD_FORMAT', errmsgs: ['密码格式有误'], place: 'pwd' },
  { error: 'PASSWORD_TOO_LONG', errmsgs: ['密码过长，最多72字节'], place: 'pwd' },
  { error: 'PASSWORD_MISMATCH', errmsgs: ['密码输入不一致！'], place: 'cpwd' },
  { error: 'MOBILE_FORMAT', errmsgs: ['手机号格式有误'], place: 'phone' },
  { error: 'MOBILE_TAKEN', errmsgs: ['手机号已存在'], place: 'phone' },
  { error: 'UUID_FORMAT', errmsgs: ['uuid格式有误'], place: 'pic_code' },
  { error: 'CAPTCHA_FORMAT', errmsgs: ['图形验证码格式有误'], place: 'pic_code' },
  { error: 'CAPTCHA_EXPIRED', errmsgs: ['图形验证码失效'], place: 'pic_code' },
  { error: 'CAPTCHA_WRONG', errmsgs: ['输入图形验证码有误'], place: 'pic_code' },
  { error: 'CAPTCHA_PROOF_FORMAT', errmsgs: ['计算验证格式有误'], place: 'pic_code' },
  { error: 'CAPTCHA_PROOF_WRONG', errmsgs: ['计算验证有误'], place: 'pic_code' },
  { error: 'CAPTCHA_PROOF_EXPIRED', errmsgs: ['计算验证失效'], place: 'pic_code' },
  { error: 'CAPTCHA_PROOF_OFF', errmsgs: ['不支持计算验证，请使用图形验证码'], place: 'pic_code' },
  { error: 'SMS_CODE_FORMAT', errmsgs: ['验证码格式有误'], place: 'msg_code' },
  { error: 'SMS_CODE_EXPIRED', errmsgs: ['短信验证码过期！'], place: 'msg_code' },
  { error: 'SMS_CODE_WRONG', errmsgs: ['短信验证码有误！'], place: 'msg_code' },
  { error: 'SMS_TOO_FREQUENT', errmsgs: ['发送短信过于频繁'], place: 'msg_code' },
  { error: 'SMS_UNAVAILABLE', errmsgs: ['短信服务暂不可用'], place: 'msg_code' },
  { error: 'AGREEMENT_REQUIRED', errmsgs: ['请求统一用户协议！'], place: 'allow' },
  { error: 'MISSING_PARAMETER', errmsgs: ['缺少参数', '缺少必传参数'], place: 'form' },
  { error: 'BUSY', errmsgs: [], place: 'form' },
  { error: 'UNAVAILABLE', errmsgs: [], place: 'form' },
  { error: 'INTERNAL', errmsgs: [], place: 'form' },
]

/** Tells what to show for a failed request, and where. */
export function placeFailure(failure: unknown): { place: Place; text: string } {
  if (!(failure instanceof ApiError)) return { place: 'form', text: texts.failures.pageFault }
  const row =
    TABLE.find(({ error }) => error === failure.error) ?? TABLE.find(({ errmsgs }) => errmsgs.includes(failure.message))
  return { place: row?.place ?? 'form', text: describe(failure) }
}

function describe(failure: ApiError): string {
  const { failures } = texts
  if (failure.kind === 'network') return failures.network
  if (failure.kind === 'timeout') return failures.timeout
  const fallback = failure.status >= 500 ? failures.unavailable : failures.unexpected(failure.status)
  const text = failure.message === '' ? fallback : failure.message
  return failure.requestId === undefined ? text : failures.withRequestId(text, failure.requestId)
}
