import { expect } from 'chai'
import { ERRORS, isErrorName } from '../../../../src/app/errors.ts'
import type { Place } from '../../../../src/web/forms/field-errors.ts'
import { placeFailure } from '../../../../src/web/forms/field-errors.ts'
import { say } from '../../../../src/web/forms/messages.ts'
import { language } from '../../../../src/web/language.ts'
import { ApiError } from '../../../../src/web/request.ts'

const EXPECTED: [name: string, errmsg: string, place: Place][] = [
  ['MISSING_PARAMETER', '缺少参数', 'form'],
  ['MISSING_PARAMETER', '缺少必传参数', 'form'],
  ['MISSING_PARAMETER', '参数缺失！', 'form'],
  ['LOGIN_WRONG', '您提供的身份信息无法验证！', 'form'],
  ['USERNAME_FORMAT', '用户名格式有误', 'user_name'],
  ['PASSWORD_FORMAT', '密码格式有误', 'pwd'],
  ['PASSWORD_TOO_LONG', '密码过长，最多72字节', 'pwd'],
  ['PASSWORD_TOO_COMMON', '密码过于常见，请换一个', 'pwd'],
  ['PASSWORD_WRONG', '当前密码有误', 'old_pwd'],
  ['PASSWORD_MISMATCH', '密码输入不一致！', 'cpwd'],
  ['MOBILE_FORMAT', '手机号格式有误', 'phone'],
  ['SMS_CODE_FORMAT', '验证码格式有误', 'msg_code'],
  ['AGREEMENT_REQUIRED', '请求统一用户协议！', 'allow'],
  ['SMS_CODE_EXPIRED', '短信验证码过期！', 'msg_code'],
  ['SMS_CODE_WRONG', '短信验证码有误！', 'msg_code'],
  ['USERNAME_TAKEN', '用户名已存在', 'user_name'],
  ['MOBILE_TAKEN', '手机号已存在', 'phone'],
  ['UUID_FORMAT', 'uuid格式有误', 'pic_code'],
  ['CAPTCHA_FORMAT', '图形验证码格式有误', 'pic_code'],
  ['CAPTCHA_EXPIRED', '图形验证码失效', 'pic_code'],
  ['CAPTCHA_WRONG', '输入图形验证码有误', 'pic_code'],
  ['SMS_TOO_FREQUENT', '发送短信过于频繁', 'msg_code'],
  ['SMS_UNAVAILABLE', '短信服务暂不可用', 'msg_code'],
  ['BUSY', '系统繁忙，请稍后再试', 'form'],
  ['UNAVAILABLE', '服务暂不可用', 'form'],
  ['INTERNAL', '服务器内部错误', 'form'],
]

describe('the place of a server error', () => {
  for (const [error, errmsg, place] of EXPECTED) {
    it(`of ${error} ${errmsg} is ${place}, by name and by text`, () => {
      expect(placeFailure(new ApiError('answered', { status: 400, error, errmsg }))).to.deep.equal({
        place,
        message: errmsg,
      })
      expect(placeFailure(new ApiError('answered', { status: 400, errmsg })).place).to.equal(place)
    })
  }

  it('is told by names and texts that the server has', () => {
    for (const [name, errmsg] of EXPECTED) {
      const row = isErrorName(name) ? ERRORS[name] : expect.fail(`the server has no error ${name}`)
      const variants = 'variants' in row ? Object.values(row.variants) : []
      expect([row, ...variants].map(({ zh }) => zh)).to.include(errmsg)
    }
  })

  it('is found by name in another language too', () => {
    const failure = new ApiError('answered', { status: 400, error: 'CAPTCHA_WRONG', errmsg: 'wrong captcha' })
    expect(placeFailure(failure)).to.deep.equal({ place: 'pic_code', message: 'wrong captcha' })
  })

  it('is the form for an error that the page does not know', () => {
    const failure = new ApiError('answered', { status: 403, error: 'WRONG_SITE', errmsg: '请求来源有误' })
    expect(placeFailure(failure)).to.deep.equal({ place: 'form', message: '请求来源有误' })
  })
})

function textOf(failure: unknown): string {
  return say(placeFailure(failure).message)
}

describe('the text of a failure', () => {
  it('tells a lost connection from a timeout', () => {
    expect(textOf(new ApiError('network'))).to.equal('网络连接失败，请检查网络后重试')
    expect(textOf(new ApiError('timeout'))).to.equal('服务器响应超时，请稍后重试')
  })

  it('is our own where the answer had none', () => {
    expect(textOf(new ApiError('answered', { status: 502 }))).to.equal('服务暂不可用，请稍后重试')
    expect(textOf(new ApiError('answered', { status: 404 }))).to.equal('请求失败（404），请稍后重试')
  })

  it('has the request id for whoever asks for help', () => {
    const failure = new ApiError('answered', { status: 500, errmsg: '服务器错误', requestId: 'r-17' })
    expect(textOf(failure)).to.equal('服务器错误（编号 r-17）')
  })

  it('does not show the inside of a fault of the page', () => {
    expect(placeFailure(new TypeError('x is undefined')).place).to.equal('form')
    expect(textOf(new TypeError('x is undefined'))).to.equal('页面出错，请刷新后重试')
  })

  it('of our own follows the language; what the server said stays', () => {
    const { message } = placeFailure(new ApiError('network'))
    const fault = placeFailure(new ApiError('answered', { status: 500, errmsg: '服务器错误', requestId: 'r-17' }))
    language.value = 'en'
    try {
      expect(say(message)).to.equal('No connection. Check your network and try again.')
      expect(say(fault.message)).to.equal('服务器错误 (reference r-17)')
    } finally {
      language.value = 'zh'
    }
  })
})
