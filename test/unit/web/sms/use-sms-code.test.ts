import { expect } from 'chai'
import type { EffectScope } from 'vue'
import { effectScope } from 'vue'
import type { SmsRequest, SmsStatus } from '../../../../src/web/api.ts'
import { ApiError } from '../../../../src/web/api.ts'
import type { FieldName } from '../../../../src/web/forms/checks.ts'
import { useCaptcha } from '../../../../src/web/sms/use-captcha.ts'
import { useRegisterForm } from '../../../../src/web/register/use-register-form.ts'
import { useSmsCode } from '../../../../src/web/sms/use-sms-code.ts'
import { eventually } from '../../../support/eventually.ts'

const MOBILE = '13800138000'

describe('the button for an SMS code', () => {
  let scope: EffectScope
  beforeEach(() => (scope = effectScope()))
  afterEach(() => scope.stop())

  /** A page with mobile and captcha filled in, and a server with these statuses to tell one after another. */
  function setUp(statuses: SmsStatus[] = []) {
    const focused: FieldName[] = []
    const focus = (field: FieldName) => void focused.push(field)
    const sent: SmsRequest[] = []
    const server = { send: async () => ({ taskId: 't-1', retryAfter: 60 }) }
    const api = {
      countUsername: async () => 0,
      countMobile: async () => 0,
      register: async () => {},
      sendSmsCode: (request: SmsRequest) => {
        sent.push(request)
        return server.send()
      },
      smsStatus: async () => {
        const status = statuses.shift()
        if (status === undefined) throw new ApiError('answered', { status: 404 })
        return status
      },
    }
    const page = scope.run(() => {
      const captcha = useCaptcha()
      const form = useRegisterForm({ api, focus, done: () => {} })
      return { captcha, form, sms: useSmsCode({ api, form, captcha, focus, statusDelaysMs: [0, 0, 0, 0] }) }
    })
    if (page === undefined) throw new Error('the scope did not run')
    Object.assign(page.form.values, { phone: MOBILE, pic_code: 'aB12' })
    return { ...page, server, sent, focused, firstId: page.captcha.id.value }
  }

  it('asks for nothing before mobile and captcha are good', async () => {
    const { form, sms, sent, focused } = setUp()
    Object.assign(form.values, { phone: '138', pic_code: '' })
    await sms.request()
    expect(sent).to.have.length(0)
    expect(form.errors).to.include({ phone: '请输入正确的11位手机号', pic_code: '请输入图形验证码', msg_code: '' })
    expect(focused).to.deep.equal(['phone'])
  })

  it('sends once, counts down, renews the captcha quietly and goes on to the code', async () => {
    const { form, sms, captcha, sent, focused, firstId } = setUp()
    await Promise.all([sms.request(), sms.request()])
    await sms.request()
    expect(sent).to.deep.equal([{ mobile: MOBILE, image_code: 'aB12', image_code_id: firstId }])
    expect(sms.label.value).to.equal('60秒后重新获取')
    expect(captcha.id.value).not.to.equal(firstId)
    expect(form.values.pic_code).to.equal('')
    form.leave('pic_code')
    expect(form.errors.pic_code).to.equal('')
    expect(form.notes.msg_code).to.equal('验证码正发往 138****8000')
    expect(form.codeRequested.value).to.equal(true)
    expect(focused).to.deep.equal(['msg_code'])
  })

  it('is free for another number while the first one waits', async () => {
    const { form, sms } = setUp()
    await sms.request()
    form.values.phone = '13800138001'
    expect(sms.label.value).to.equal('获取短信验证码')
    expect(form.notes.msg_code).to.equal('')
    form.values.phone = MOBILE
    expect(sms.remaining.value).to.equal(60)
  })

  it('counts the seconds of a refusal that came too soon', async () => {
    const { form, sms, server } = setUp()
    const refusal = { status: 429, error: 'SMS_TOO_FREQUENT', errmsg: '发送短信过于频繁', retryAfter: 41 }
    server.send = () => Promise.reject(new ApiError('answered', refusal))
    await sms.request()
    expect(sms.remaining.value).to.equal(41)
    expect(form.errors.msg_code).to.equal('发送短信过于频繁')
  })

  it('renews the captcha and can be pressed again when the captcha was wrong', async () => {
    const { form, sms, captcha, server, firstId } = setUp()
    const refusal = { status: 400, error: 'CAPTCHA_WRONG', errmsg: '输入图形验证码有误' }
    server.send = () => Promise.reject(new ApiError('answered', refusal))
    await sms.request()
    expect(captcha.id.value).not.to.equal(firstId)
    expect(form.values.pic_code).to.equal('')
    expect(form.errors.pic_code).to.equal('输入图形验证码有误')
    expect(sms.label.value).to.equal('获取短信验证码')
    expect(form.codeRequested.value).to.equal(false)
  })

  it('shows a lost connection for the whole form', async () => {
    const { form, sms, server } = setUp()
    server.send = () => Promise.reject(new ApiError('network'))
    await sms.request()
    expect(form.alert.value).to.equal('网络连接失败，请检查网络后重试')
  })

  it('says when the message has been sent', async () => {
    const { form, sms } = setUp(['queued', 'sending', 'sent'])
    await sms.request()
    await eventually(() => expect(form.notes.msg_code).to.equal('验证码已发送至 138****8000'))
  })

  it('says when the message could not be sent', async () => {
    const { form, sms } = setUp(['queued', 'failed'])
    await sms.request()
    await eventually(() => expect(form.errors.msg_code).to.equal('短信发送失败，请稍后重新获取'))
  })

  it('does not call a message failed to somebody who is typing its code', async () => {
    const statuses: SmsStatus[] = ['failed']
    const { form, sms } = setUp(statuses)
    await sms.request()
    form.values.msg_code = '1'
    await eventually(() => expect(statuses).to.have.length(0))
    await new Promise((resolve) => setImmediate(resolve))
    expect(form.errors.msg_code).to.equal('')
  })
})

describe('the captcha of the page', () => {
  it('is stale before the server has forgotten it', () => {
    let time = 0
    const captcha = useCaptcha(() => time)
    time = 240_000
    expect(captcha.stale()).to.equal(false)
    time = 240_001
    expect(captcha.stale()).to.equal(true)
    captcha.renew()
    expect(captcha.stale()).to.equal(false)
    expect(captcha.src.value).to.equal(`/image_codes/${captcha.id.value}`)
  })
})
