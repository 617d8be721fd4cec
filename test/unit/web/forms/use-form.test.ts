import { expect } from 'chai'
import { effectScope, ref, type EffectScope } from 'vue'
import type { PasswordProfile } from '../../../../src/web/api.ts'
import type { FormValues } from '../../../../src/web/forms/checks.ts'
import { useForm, type FormOptions } from '../../../../src/web/forms/use-form.ts'
import { language } from '../../../../src/web/language.ts'
import { ApiError } from '../../../../src/web/request.ts'
import { eventually } from '../../../support/eventually.ts'

describe('a form', () => {
  let scope: EffectScope
  beforeEach(() => (scope = effectScope()))
  afterEach(() => scope.stop())

  /** A form for a login, which the server answers as it is told to. */
  function setUp(options: Partial<FormOptions> = {}) {
    const focused: string[] = []
    const sent: FormValues[] = []
    const server = { answer: async () => {} }
    const form = scope.run(() =>
      useForm({
        fields: ['account', 'old_pwd'],
        focus: (field) => void focused.push(field),
        send: (values) => {
          sent.push({ ...values })
          return server.answer()
        },
        done: () => {},
        waitFor: ({ account }) => account,
        ...options,
      }),
    )
    if (form === undefined) throw new Error('the scope did not run')
    return { form, focused, sent, server }
  }

  it('is sent when its own fields are good, and no other is looked at', async () => {
    const { form, sent, focused } = setUp()
    await form.submit()
    expect([sent.length, focused]).to.deep.equal([0, ['account']])
    Object.assign(form.values, { account: ' 138 0013 8000 ', old_pwd: ' x ' })
    await form.submit()
    expect(sent).to.have.length(1)
    expect(sent[0]).to.include({ account: '13800138000', old_pwd: ' x ' })
    expect(form.values.old_pwd).to.equal('')
  })

  it('waits as long as the server says, for the value that it is about, and then can be sent again', async () => {
    const { form, sent, server } = setUp()
    Object.assign(form.values, { account: 'python_01', old_pwd: 'x' })
    const refusal = { status: 429, error: 'TOO_MANY_REQUESTS', errmsg: '请求过于频繁', retryAfter: 1 }
    server.answer = () => Promise.reject(new ApiError('answered', refusal))
    await form.submit()
    expect(form.alert.value).to.equal('请求过于频繁')
    expect(form.waiting.value).to.equal(1)
    await form.submit()
    expect(sent).to.have.length(1)
    form.values.account = 'python_02'
    expect(form.waiting.value).to.equal(0)
    form.values.account = 'python_01'
    await eventually(() => expect(form.waiting.value).to.equal(0))
    server.answer = async () => {}
    await form.submit()
    expect(sent).to.have.length(2)
    expect(form.alert.value).to.equal('')
  })

  it('tells an error of a field that it has not for the whole form', async () => {
    const { form, server, focused } = setUp()
    Object.assign(form.values, { account: 'python_01', old_pwd: 'x' })
    const refusal = { status: 400, error: 'USERNAME_FORMAT', errmsg: '用户名格式有误' }
    server.answer = () => Promise.reject(new ApiError('answered', refusal))
    await form.submit()
    expect([form.alert.value, form.errors.user_name, focused]).to.deep.equal(['用户名格式有误', '', []])
  })

  it('tells its errors in another language when that changes', async () => {
    const { form } = setUp()
    await form.submit()
    expect(form.errors.account).to.equal('请输入用户名或手机号')
    language.value = 'en'
    try {
      expect(form.errors.account).to.equal('Enter your username or mobile number')
    } finally {
      language.value = 'zh'
    }
  })

  it('checks a password by the profile as soon as that is known', () => {
    const profile = ref<PasswordProfile>()
    const { form } = setUp({ fields: ['pwd', 'cpwd'], profile })
    form.values.pwd = 'with blanks'
    expect(form.check('pwd')).to.equal(true)
    profile.value = 'compat'
    expect(form.check('pwd')).to.equal(false)
    expect(form.errors.pwd).to.equal('密码须为8–20位文字、数字或下划线')
    profile.value = 'strict'
    expect(form.check('pwd')).to.equal(true)
  })
})
