import { expect } from 'chai'
import { ref } from 'vue'
import type { Registration } from '../../../../src/web/api.ts'
import type { FieldName, FormValues } from '../../../../src/web/forms/checks.ts'
import { useRegisterForm } from '../../../../src/web/register/use-register-form.ts'
import { ApiError } from '../../../../src/web/request.ts'
import { eventually } from '../../../support/eventually.ts'

const GOOD: Partial<FormValues> = {
  user_name: 'python_01',
  pwd: 'password_1',
  cpwd: 'password_1',
  phone: '13800138000',
  pic_code: '',
  msg_code: '012345',
  allow: true,
}

function setUp() {
  const focused: FieldName[] = []
  const lookedUp: string[] = []
  const registered: Registration[] = []
  const server = { count: async () => 0, register: async () => {} }
  let done = 0
  const look = (value: string) => {
    lookedUp.push(value)
    return server.count()
  }
  const { form, lookUp } = useRegisterForm({
    profile: ref('compat' as const),
    api: {
      countUsername: look,
      countMobile: look,
      register: (registration) => {
        registered.push(registration)
        return server.register()
      },
    },
    focus: (field) => void focused.push(field),
    done: () => void done++,
  })
  return { form, lookUp, server, focused, lookedUp, registered, done: () => done }
}

describe('the registration form', () => {
  it('says on submit what is missing everywhere, and goes to the first', async () => {
    const { form, focused, registered } = setUp()
    await form.submit()
    expect(form.errors).to.include({
      user_name: '请输入用户名',
      pwd: '请输入密码',
      cpwd: '请再次输入密码',
      phone: '请输入手机号',
      pic_code: '请输入图形验证码',
      msg_code: '请输入短信验证码',
      allow: '请勾选同意用户使用协议',
    })
    expect(focused).to.deep.equal(['user_name'])
    expect(registered).to.have.length(0)
  })

  it('wants no captcha from whoever has asked for a code', async () => {
    const { form } = setUp()
    form.codeRequested.value = true
    await form.submit()
    expect(form.errors.pic_code).to.equal('')
    expect(form.errors.msg_code).to.equal('请输入短信验证码')
  })

  it('checks a field on leaving it, but not one that nobody typed in', () => {
    const { form } = setUp()
    form.leave('user_name')
    expect(form.errors.user_name).to.equal('')
    form.values.user_name = 'abc'
    form.leave('user_name')
    expect(form.errors.user_name).to.equal('用户名须为5–20位文字、数字或下划线')
    form.values.user_name = 'abcd'
    expect(form.errors.user_name).to.equal('')
  })

  it('compares the repeated password again when the first one changes', () => {
    const { form } = setUp()
    Object.assign(form.values, { pwd: 'password_1', cpwd: 'password_1' })
    form.values.pwd = 'password_2'
    form.leave('pwd')
    expect(form.errors.cpwd).to.equal('两次输入的密码不一致')
  })

  it('looks a good name up once, and shows that it is taken', async () => {
    const { form, server, lookedUp } = setUp()
    server.count = async () => 1
    form.values.user_name = ' ｐython_01'
    form.leave('user_name')
    await eventually(() => expect(form.errors.user_name).to.equal('用户名已存在'))
    form.leave('user_name')
    expect(lookedUp).to.deep.equal(['python_01'])
    await form.submit()
    expect(form.errors.user_name).to.equal('用户名已存在')
    form.values.user_name = 'python_02'
    expect(form.errors.user_name).to.equal('')
  })

  it('looks up before a code is sent, only what is good and was not looked up', async () => {
    const { form, server, lookUp, lookedUp } = setUp()
    server.count = async () => 1
    form.values.phone = '138'
    await lookUp('phone')
    form.values.phone = '13800138000'
    await lookUp('phone')
    await lookUp('phone')
    expect(lookedUp).to.deep.equal(['13800138000'])
    expect(form.errors.phone).to.equal('手机号已存在')
    expect(form.checkAll(['phone'])).to.equal(false)
  })

  it('drops the answer about a number that has been typed over', async () => {
    const { form, server } = setUp()
    server.count = async () => {
      form.values.phone = '13900139000'
      return 1
    }
    form.values.phone = '13800138000'
    form.leave('phone')
    await new Promise((resolve) => setImmediate(resolve))
    expect(form.errors.phone).to.equal('')
  })

  it('only notes that a name could not be looked up', async () => {
    const { form, server } = setUp()
    server.count = () => Promise.reject(new ApiError('answered', { status: 429, errmsg: '请求过于频繁' }))
    form.values.user_name = 'python_01'
    form.leave('user_name')
    await eventually(() => expect(form.notes.user_name).to.equal('暂时无法查重，提交时会再次检查'))
    expect(form.errors.user_name).to.equal('')
  })

  it("shows the server's own word about a looked up field beside it", async () => {
    const { form, server } = setUp()
    server.count = () => Promise.reject(new ApiError('answered', { status: 400, errmsg: '用户名格式有误' }))
    form.values.user_name = 'python_01'
    form.leave('user_name')
    await eventually(() => expect(form.errors.user_name).to.equal('用户名格式有误'))
  })

  it('registers once, however often it is submitted, and forgets the passwords', async () => {
    const { form, registered, done } = setUp()
    Object.assign(form.values, GOOD, { phone: '138 0013 8000' })
    await Promise.all([form.submit(), form.submit()])
    await form.submit()
    expect(registered).to.deep.equal([
      {
        username: 'python_01',
        password: 'password_1',
        password2: 'password_1',
        mobile: '13800138000',
        sms_code: '012345',
        allow: true,
      },
    ])
    expect(done()).to.equal(1)
    expect(form.values).to.include({ pwd: '', cpwd: '' })
  })

  it('shows a refusal beside its field and can be submitted again', async () => {
    const { form, server, focused, done } = setUp()
    Object.assign(form.values, GOOD)
    server.register = () =>
      Promise.reject(new ApiError('answered', { status: 400, error: 'SMS_CODE_WRONG', errmsg: '短信验证码有误！' }))
    await form.submit()
    expect(form.errors.msg_code).to.equal('短信验证码有误！')
    expect(focused).to.deep.equal(['msg_code'])
    server.register = async () => {}
    await form.submit()
    expect(form.errors.msg_code).to.equal('')
    expect(done()).to.equal(1)
  })

  it("shows what is no field's fault for the whole form, until the next try", async () => {
    const { form, server, focused } = setUp()
    Object.assign(form.values, GOOD)
    server.register = () => Promise.reject(new ApiError('network'))
    await form.submit()
    expect(form.alert.value).to.equal('网络连接失败，请检查网络后重试')
    expect(focused).to.deep.equal([])
    form.values.phone = ''
    await form.submit()
    expect(form.alert.value).to.equal('')
  })
})
