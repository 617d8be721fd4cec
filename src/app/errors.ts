/** A text in the languages that the service speaks. */
export interface Wording {
  zh: string
  en: string
}

interface ErrorRow extends Wording {
  /** Number for the `code` of the answer: unique, never 0. */
  code: number
  /** HTTP status. */
  status: number
  /** Other texts that some routes use for the same error. */
  variants?: Record<string, Wording>
}

/**
 * Every error that the service answers with: its stable name, number, status and texts. Names and numbers are part of
 * the interface and are not changed; 40xx are faults of the input, 41xx of the login, 42xx of the request, 50xx ours.
 */
export const ERRORS = {
  CAPTCHA_WRONG: { code: 4001, status: 400, zh: '输入图形验证码有误', en: 'The picture code is wrong.' },
  SMS_TOO_FREQUENT: { code: 4002, status: 429, zh: '发送短信过于频繁', en: 'Too many text messages were asked for.' },
  MISSING_PARAMETER: {
    code: 4003,
    status: 400,
    zh: '缺少参数',
    en: 'A parameter is missing.',
    variants: {
      smsCode: { zh: '缺少必传参数', en: 'A required parameter is missing.' },
      login: { zh: '参数缺失！', en: 'A parameter is missing.' },
    },
  },
  USERNAME_FORMAT: {
    code: 4004,
    status: 400,
    zh: '用户名格式有误',
    en: 'The username must be 5 to 20 letters, digits or underscores, and not a mobile number.',
  },
  PASSWORD_FORMAT: {
    code: 4005,
    status: 400,
    zh: '密码格式有误',
    en: 'The password must be 8 to 20 letters, digits or underscores.',
    variants: { strict: { zh: '密码格式有误', en: 'The password must be 8 to 64 characters.' } },
  },
  PASSWORD_MISMATCH: { code: 4006, status: 400, zh: '密码输入不一致！', en: 'The two passwords differ.' },
  MOBILE_FORMAT: { code: 4007, status: 400, zh: '手机号格式有误', en: 'The mobile number is malformed.' },
  SMS_CODE_WRONG: { code: 4008, status: 400, zh: '短信验证码有误！', en: 'The SMS code is wrong.' },
  AGREEMENT_REQUIRED: { code: 4009, status: 400, zh: '请求统一用户协议！', en: 'Please accept the user agreement.' },
  SMS_CODE_FORMAT: { code: 4010, status: 400, zh: '验证码格式有误', en: 'The SMS code must be 6 digits.' },
  SMS_CODE_EXPIRED: { code: 4011, status: 400, zh: '短信验证码过期！', en: 'The SMS code has expired.' },
  USERNAME_TAKEN: { code: 4012, status: 400, zh: '用户名已存在', en: 'The username is taken.' },
  MOBILE_TAKEN: { code: 4013, status: 400, zh: '手机号已存在', en: 'The mobile number is already registered.' },
  PASSWORD_TOO_LONG: { code: 4014, status: 400, zh: '密码过长，最多72字节', en: 'The password is over 72 bytes.' },
  UUID_FORMAT: { code: 4015, status: 400, zh: 'uuid格式有误', en: 'The uuid must be a version 4 UUID.' },
  CAPTCHA_FORMAT: { code: 4016, status: 400, zh: '图形验证码格式有误', en: 'The picture code is malformed.' },
  CAPTCHA_EXPIRED: { code: 4017, status: 400, zh: '图形验证码失效', en: 'The picture code is no longer valid.' },
  PURPOSE_UNKNOWN: {
    code: 4018,
    status: 400,
    zh: '验证码用途有误',
    en: 'The purpose must be "register", "reset" or "mobile".',
  },
  REMEMBERED_FORMAT: { code: 4019, status: 400, zh: '记住登录格式有误', en: 'remembered must be true or false.' },
  PASSWORD_TOO_COMMON: {
    code: 4020,
    status: 400,
    zh: '密码过于常见，请换一个',
    en: 'The password is too easy to guess. Please choose another one.',
  },
  CAPTCHA_PROOF_FORMAT: { code: 4035, status: 400, zh: '计算验证格式有误', en: 'The proof of work is malformed.' },
  CAPTCHA_PROOF_WRONG: { code: 4036, status: 400, zh: '计算验证有误', en: 'The proof of work is wrong.' },
  CAPTCHA_PROOF_EXPIRED: { code: 4037, status: 400, zh: '计算验证失效', en: 'The proof of work is no longer valid.' },
  CAPTCHA_PROOF_OFF: {
    code: 4038,
    status: 400,
    zh: '不支持计算验证，请使用图形验证码',
    en: 'Proofs of work are not taken here; please use a picture.',
  },
  LOGIN_REQUIRED: { code: 4101, status: 401, zh: '请登录后重试', en: 'Please log in and try again.' },
  LOGIN_WRONG: {
    code: 4102,
    status: 401,
    zh: '您提供的身份信息无法验证！',
    en: 'The name or the password is wrong.',
  },
  // Not 401: whoever is told it is logged in.
  PASSWORD_WRONG: { code: 4110, status: 403, zh: '当前密码有误', en: 'The present password is wrong.' },
  SESSION_UNKNOWN: { code: 4120, status: 404, zh: '登录会话不存在', en: 'There is no such session.' },
  NOT_JSON: { code: 4201, status: 400, zh: '请求体不是有效的JSON对象', en: 'The body must be a JSON object.' },
  TOO_LARGE: { code: 4202, status: 413, zh: '请求体过大', en: 'The body is too large.' },
  FOREIGN_SITE: { code: 4203, status: 403, zh: '不允许其他网站发起此请求', en: 'Another site may not ask this.' },
  NOT_FOUND: { code: 4204, status: 404, zh: '请求的资源不存在', en: 'There is nothing at this address.' },
  METHOD_NOT_ALLOWED: { code: 4205, status: 405, zh: '请求方法不允许', en: 'This address does not have this method.' },
  PAGES_NOT_BUILT: { code: 4206, status: 404, zh: '页面尚未构建', en: 'The pages have not been built.' },
  TOO_MANY_REQUESTS: { code: 4207, status: 429, zh: '请求过于频繁', en: 'Too many requests. Please try again later.' },
  URL_TOO_LONG: { code: 4208, status: 414, zh: '请求地址过长', en: 'The address is too long.' },
  HEADERS_TOO_LARGE: { code: 4209, status: 431, zh: '请求头过大', en: 'The headers are too many or too large.' },
  REQUEST_TIMEOUT: { code: 4210, status: 408, zh: '请求超时', en: 'The request took too long to arrive.' },
  MALFORMED_REQUEST: { code: 4211, status: 400, zh: '请求格式有误', en: 'This is not a well-formed HTTP request.' },
  BODY_ENCODING: { code: 4212, status: 415, zh: '不支持压缩的请求体', en: 'The body must not be compressed.' },
  INTERNAL: { code: 5000, status: 500, zh: '服务器内部错误', en: 'Something went wrong on our side.' },
  UNAVAILABLE: { code: 5001, status: 503, zh: '服务暂不可用', en: 'The service is not available at the moment.' },
  SMS_UNAVAILABLE: {
    code: 5002,
    status: 503,
    zh: '短信服务暂不可用',
    en: 'Text messages cannot be sent at the moment.',
  },
  BUSY: { code: 5003, status: 503, zh: '系统繁忙，请稍后再试', en: 'The service is busy. Please try again shortly.' },
} as const satisfies Record<string, ErrorRow>

/** The stable name of an error, as `error` in the answer. */
export type ErrorName = keyof typeof ERRORS

/** Which of the texts for a missing parameter a route uses, where it is not the usual one. */
export type MissingVariant = keyof (typeof ERRORS)['MISSING_PARAMETER']['variants']

/** Which of the texts for a malformed password, where it is not the usual one: that of the profile `strict`. */
export type PasswordVariant = keyof (typeof ERRORS)['PASSWORD_FORMAT']['variants']

/** Whether a text is the name of an error of the table. */
export function isErrorName(text: string): text is ErrorName {
  return Object.hasOwn(ERRORS, text)
}

/** An error that the client is told, by its name in the table. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly error: ErrorName
  /** The texts to answer with. */
  readonly wording: Wording
  /** When it may be tried again, in whole seconds: the header `Retry-After`, and `retry_after` in the answer. */
  readonly retryAfterSeconds: number | undefined
  /** What refused it, where the error alone does not say: for the audit; the client is not told. */
  readonly by: string | undefined

  constructor(
    error: ErrorName,
    options: ErrorOptions & {
      missingVariant?: MissingVariant | undefined
      passwordVariant?: PasswordVariant | undefined
      retryAfterSeconds?: number
      by?: string | undefined
    } = {},
  ) {
    super(error, options)
    this.error = error
    const row: ErrorRow = ERRORS[error]
    const { missingVariant, passwordVariant } = options
    const variant = error === 'MISSING_PARAMETER' ? missingVariant : passwordVariant
    this.wording = row.variants?.[variant ?? ''] ?? row
    this.retryAfterSeconds = options.retryAfterSeconds
    this.by = options.by
  }
}
