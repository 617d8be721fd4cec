import { expect } from 'chai'
import type { EffectScope } from 'vue'
import { effectScope } from 'vue'
import type { SmsRequest, SmsStatus } from '../../../../src/web/api.ts'
import type { FieldName } from '../../../../src/web/forms/checks.ts'
import { useForm } from '../../../../src/web/forms/use-form.ts'
import { ApiError } from '../../../../src/web/request.ts'
import { KeptRequests, type KeptRequest } from '../../../../src/web/sms/kept-requests.ts'
import { useCaptcha } from '../../../../src/web/sms/use-captcha.ts'
import { useSmsCode } from '../../../../src/web/sms/use-sms-code.ts'
import { eventually } from '../../../support/eventually.ts'

const MOBILE = '13800138000'

describe('the button for an SMS code', () => {
  let scope: EffectScope
  beforeEach(() => (scope = effectScope()))
  afterEach(() => scope.stop())

  /** A page, and a server with these statuses to tell one after another. */
  function open(options: { statuses?: SmsStatus[]; kept?: KeptRequest[] } = {}) {
    const { statuses = [], kept = [] } = options
    const focused: FieldName[] = []
    const focus = (field: FieldName) => void focused.push(field)
    const sent: SmsRequest[] = []
    const server = {
      send: async () => ({ taskId: 't-1', retryAfter: 60 }),
      lookUp: async () => {},
      taken: new Set<string>(),
    }
    const clock = { now: 1_000_000 }
    const api = {
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
      const form = useForm({
        fields: ['phone', 'pic_code', 'msg_code'],
        focus,
        send: async () => {},
        done: () => {},
        checkFurther: (field, { phone }) => (field === 'phone' && server.taken.has(phone) ? 'mobileTaken' : undefined),
      })
      const sms = useSmsCode({
        api,
        purpose: 'mobile',
        form,
        captcha,
        focus,
        lookUp: () => server.lookUp(),
        kept: { read: () => kept, add: (request) => void kept.push(request) },
        statusDelaysMs: [0, 0, 0, 0],
        now: () => clock.now,
      })
      return { captcha, form, sms }
    })
    if (page === undefined) throw new Error('the scope did not run')
    return { ...page, server, sent, focused, clock, kept, firstId: page.captcha.id.value }
  }

  /** The same with mobile and captcha filled in. */
  function setUp(statuses: SmsStatus[] = []) {
    const page = open({ statuses })
    Object.assign(page.form.values, { phone: MOBILE, pic_code: 'aB12' })
    return page
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
    expect(sent).to.deep.equal([{ mobile: MOBILE, purpose: 'mobile', image_code: 'aB12', image_code_id: firstId }])
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
    await eventually(() => expect(form.errors.msg_code).to.equal('短信发送失败，请核对手机号后重新获取'))
  })

  it('sends none to a number that turns out to be taken, and keeps the captcha', async () => {
    const { form, sms, server, sent, focused, captcha, firstId } = setUp()
    server.lookUp = async () => void server.taken.add(MOBILE)
    await sms.request()
    expect(sent).to.deep.equal([])
    expect(form.errors.phone).to.equal('手机号已存在')
    expect(focused).to.deep.equal(['phone'])
    expect(captcha.id.value).to.equal(firstId)
    expect(sms.label.value).to.equal('获取短信验证码')
  })

  it('says what to do when the wait is over and nothing came', async () => {
    const { form, sms, clock } = setUp()
    await sms.request()
    clock.now += 60_001
    await eventually(() => expect(form.notes.msg_code).to.equal('没收到？请核对手机号，或重新获取'))
    expect(sms.label.value).to.equal('获取短信验证码')
  })

  it('goes on after a reload with the number, its wait and its message', async () => {
    const before = setUp()
    await before.sms.request()
    expect(before.kept).to.deep.equal([{ mobile: MOBILE, askedAt: 1_000_000, freeAt: 1_060_000, taskId: 't-1' }])
    const { form, sms } = open({ kept: before.kept, statuses: ['failed'] })
    expect(form.values.phone).to.equal(MOBILE)
    expect(form.codeRequested.value).to.equal(true)
    expect(sms.remaining.value).to.equal(60)
    expect(form.notes.msg_code).to.equal('验证码正发往 138****8000')
    await eventually(() => expect(form.errors.msg_code).to.equal('短信发送失败，请核对手机号后重新获取'))
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

describe('the requests that are kept across a reload', () => {
  function setUp() {
    const items = new Map<string, string>()
    const store = {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
      removeItem: (key: string) => void items.delete(key),
    }
    return { items, kept: new KeptRequests('register', () => store) }
  }
  const request = (mobile: string, askedAt: number): KeptRequest => ({ mobile, askedAt, freeAt: askedAt + 60_000 })

  it('are there until each may be repeated, the last one at the end', () => {
    const { kept } = setUp()
    kept.add(request('13800138000', 1000))
    kept.add(request('13800138001', 2000))
    kept.add(request('13800138000', 3000))
    expect(kept.read(4000)).to.deep.equal([request('13800138001', 2000), request('13800138000', 3000)])
    expect(kept.read(62_000)).to.deep.equal([request('13800138000', 3000)])
    expect(kept.read(63_000)).to.deep.equal([])
    kept.clear()
    expect(kept.read(4000)).to.deep.equal([])
  })

  it('are the last five, of one purpose', () => {
    const { items, kept } = setUp()
    for (let n = 0; n < 8; n++) kept.add(request(`1380013800${n}`, n))
    expect(kept.read(10).map(({ mobile }) => mobile.at(-1))).to.deep.equal(['3', '4', '5', '6', '7'])
    expect([...items.keys()]).to.deep.equal(['lovage-sms-register'])
  })

  it('make no wait long when the clock was set back', () => {
    const { kept } = setUp()
    kept.add(request('13800138000', 100_000))
    expect(kept.read(99_999)).to.deep.equal([])
  })

  it('are none where the browser keeps nothing, or something else', () => {
    const { items, kept } = setUp()
    for (const odd of ['{', 'null', '{"mobile":1}', '[null,{"mobile":"1"},3]']) {
      items.set('lovage-sms-register', odd)
      expect(kept.read(0), odd).to.deep.equal([])
    }
    const refusing = new KeptRequests('register', () => {
      throw new DOMException('not here', 'SecurityError')
    })
    refusing.add(request('13800138000', 0))
    refusing.clear()
    expect(refusing.read(0)).to.deep.equal([])
  })
})
