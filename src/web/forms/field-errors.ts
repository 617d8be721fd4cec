import { ApiError } from '../request.ts'
import { texts } from '../texts.ts'
import type { FieldName } from './checks.ts'
import { say, type Message } from './messages.ts'

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
  { error: 'PASSWORD_TOO_COMMON', errmsgs: ['密码过于常见，请换一个'], place: 'pwd' },
  { error: 'PASSWORD_WRONG', errmsgs: ['当前密码有误'], place: 'old_pwd' },
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
  { error: 'MISSING_PARAMETER', errmsgs: ['缺少参数', '缺少必传参数', '参数缺失！'], place: 'form' },
  { error: 'LOGIN_WRONG', errmsgs: ['您提供的身份信息无法验证！'], place: 'form' },
  { error: 'BUSY', errmsgs: [], place: 'form' },
  { error: 'UNAVAILABLE', errmsgs: [], place: 'form' },
  { error: 'INTERNAL', errmsgs: [], place: 'form' },
]

/** Tells what to show for a failed request, and where. */
export function placeFailure(failure: unknown): { place: Place; message: Message } {
  if (!(failure instanceof ApiError)) return { place: 'form', message: () => texts.failures.pageFault }
  const row =
    TABLE.find(({ error }) => error === failure.error) ?? TABLE.find(({ errmsgs }) => errmsgs.includes(failure.message))
  return { place: row?.place ?? 'form', message: describe(failure) }
}

function describe({ kind, status, message, requestId }: ApiError): Message {
  if (kind === 'network') return () => texts.failures.network
  if (kind === 'timeout') return () => texts.failures.timeout
  const own = () => (status >= 500 ? texts.failures.unavailable : texts.failures.unexpected(status))
  const told = message === '' ? own : message
  return requestId === undefined ? told : () => texts.failures.withRequestId(say(told), requestId)
}
