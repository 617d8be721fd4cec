import { expect } from 'chai'
import type { Route } from 'playwright-core'
import { newMobile } from '../e2e/journey.ts'
import type { Told } from './form-page.ts'
import { expectGreeting, RegisterPage } from './register-page.ts'
import { useSite } from './site.ts'

/** What the server, or a proxy before it, answers on a bad day, or that nothing comes; and what is told then. */
const BAD_DAYS: [answer: (route: Route) => Promise<void>, alert: string][] = [
  [refuse(503, { code: 5001, errmsg: '服务暂不可用', error: 'UNAVAILABLE' }), '服务暂不可用'],
  [refuse(503, { code: 5003, errmsg: '系统繁忙，请稍后再试', error: 'BUSY' }), '系统繁忙，请稍后再试'],
  [
    refuse(500, { code: 5000, errmsg: '服务器内部错误', error: 'INTERNAL', request_id: 'r-17' }),
    '服务器内部错误（编号 r-17）',
  ],
  [refuse(403, { code: 4203, errmsg: '不允许其他网站发起此请求', error: 'FOREIGN_SITE' }), '不允许其他网站发起此请求'],
  [(route) => route.fulfill({ status: 502, body: '<h1>Bad Gateway</h1>' }), '服务暂不可用，请稍后重试'],
  [(route) => route.fulfill({ status: 418, body: '' }), '请求失败（418），请稍后重试'],
  [(route) => route.abort('connectionrefused'), '网络连接失败，请检查网络后重试'],
]

function refuse(status: number, json: object): (route: Route) => Promise<void> {
  return (route) => route.fulfill({ status, json })
}

describe('on a bad day of the service', () => {
  const site = useSite()

  async function open(refused: RegExp): Promise<RegisterPage> {
    return RegisterPage.open((await site.visit({ refused: [refused] })).page, site)
  }

  it('a registration fails with a reason, and can be sent again', async () => {
    const form = await open(/^\/register$/)
    const { user_name, phone } = await form.enterPerson()
    await form.enter({ msg_code: await form.askForCode() })
    for (const [answer, alert] of BAD_DAYS) {
      await form.page.route('/register', answer, { times: 1 })
      await form.submitButton.click()
      await form.expectTold({ alert })
    }
    expect(await form.submitButton.innerText()).to.equal('注册')
    expect(await form.field('pwd').inputValue()).to.equal('password_1')
    await form.submitButton.click()
    await expectGreeting(form.page, user_name, phone)
  })

  it('a request for a code fails with a reason, and can be made again', async () => {
    const form = await open(/^\/sms_codes$/)
    await form.enter({ phone: newMobile() })
    const unavailable = { code: 5002, errmsg: '短信服务暂不可用', error: 'SMS_UNAVAILABLE' }
    const days: [answer: (route: Route) => Promise<void>, told: Partial<Told>][] = [
      ...BAD_DAYS.map(([answer, alert]): [typeof answer, Partial<Told>] => [answer, { alert }]),
      [refuse(503, unavailable), { errors: { msg_code: '短信服务暂不可用' }, focus: 'msg_code' }],
    ]
    for (const [answer, told] of days) {
      await form.enter({ pic_code: await form.captchaText() })
      await form.page.route('/sms_codes', answer, { times: 1 })
      await form.codeButton.click()
      await form.expectTold(told)
      expect(await form.codeButton.innerText()).to.equal('获取短信验证码')
    }
    await form.askForCode()
    await form.expectTold({ focus: 'msg_code' })
  })

  it('a name or a number that could not be looked up is no fault of the visitor', async () => {
    const form = await open(/\/count$/)
    await form.page.route(/\/count$/, (route) => route.abort(), { times: 2 })
    await form.enterPerson()
    for (const name of ['user_name', 'phone'] as const) {
      await form.expectLine(name, '暂时无法查重，提交时会再次检查')
    }
    await form.expectTold({})
  })
})
