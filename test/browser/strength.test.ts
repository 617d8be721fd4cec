import { expect } from 'chai'
import { newMobile, newUsername } from '../e2e/journey.ts'
import { eventually } from '../support/eventually.ts'
import { FormPage } from './form-page.ts'
import { RegisterPage } from './register-page.ts'
import { useSite } from './site.ts'

describe('the strength of a new password', () => {
  const site = useSite()

  it('is told below it, with what makes it weak, and by bars', async () => {
    const form = await RegisterPage.open((await site.visit()).page, site)
    await form.expectLine('pwd', '8–20位文字、数字或下划线')
    const strengths: [password: string, line: string, level: string][] = [
      ['password', '强度：很弱，是最常用的密码', '0'],
      ['qwertyuiop', '强度：很弱，是最常用的密码', '0'],
      ['aaaaaaaaaaaa', '强度：很弱，是重复的字符', '0'],
      ['vK8_tq2Lx9wZ', '强度：很强', '4'],
    ]
    for (const [password, line, level] of strengths) {
      await form.enter({ pwd: password })
      await form.expectLine('pwd', line)
      expect(await form.page.locator('.strength').getAttribute('data-level'), password).to.equal(level)
    }
    await form.enter({ pwd: '' })
    await form.expectLine('pwd', '8–20位文字、数字或下划线')
    await form.expectTold({})
  })

  it('suffers from the own name', async () => {
    const form = await RegisterPage.open((await site.visit()).page, site)
    await form.enter({ user_name: 'xylotheque', pwd: 'xylotheque' })
    await form.expectLine('pwd', '强度：很弱，含有你的名字或号码')
  })

  it('is computed by what is loaded for it alone, and not before the first character', async () => {
    const { page } = await site.visit()
    const loaded: string[] = []
    page.on('request', (request) => loaded.push(new URL(request.url()).pathname))
    const form = await RegisterPage.open(page, site)
    await page.waitForLoadState('networkidle')
    expect(loaded.filter((path) => path.includes('strength'))).to.deep.equal([])
    await form.enter({ pwd: 'p' })
    await form.expectLine('pwd', /^强度：很弱/)
    expect(loaded.filter((path) => path.includes('strength'))).to.have.length(1)
  })

  it('is not shown where it can not be computed, and nothing else is missing', async () => {
    const { page } = await site.visit({ refused: [/strength/] })
    await page.route(/strength/, (route) => route.abort())
    const form = await RegisterPage.open(page, site)
    const failed = page.waitForEvent('requestfailed', (request) => request.url().includes('strength'))
    await form.enter({ pwd: 'password_1' })
    await failed
    await form.enter({ cpwd: 'password_2', phone: '' })
    await form.expectTold({ errors: { cpwd: '两次输入的密码不一致' } })
    await form.expectLine('pwd', '8–20位文字、数字或下划线')
  })
})

describe('with the profile strict', () => {
  const site = useSite({ PASSWORD_PROFILE: 'strict' })

  it('a password may have any characters, and the page says so', async () => {
    const { page } = await site.visit()
    const form = await RegisterPage.open(page, site)
    await form.expectLine('pwd', '8–64位任意字符，勿用常见密码')
    await form.enter({ pwd: 'seven 7', cpwd: '' })
    await form.expectTold({ errors: { pwd: '密码须为8–64个字符' } })
    const [username, mobile] = [newUsername(), newMobile()]
    const password = 'correct horse—battery! 9'
    await form.enter({ user_name: username, pwd: password, cpwd: password, phone: mobile })
    await form.field('allow').check()
    await form.enter({ msg_code: await form.askForCode() })
    await form.submitButton.click()
    await page.waitForURL('/')
    await page.goto('/login.html')
    const login = new FormPage(page, site)
    await login.enter({ account: username, old_pwd: password })
    await login.submitButton.click()
    await page.waitForURL('/')
  })

  it('a common one is refused, beside its field', async () => {
    const { page } = await site.visit({ refused: [/^\/register$/] })
    const form = await RegisterPage.open(page, site)
    await form.enterPerson()
    await form.enter({ pwd: 'password', cpwd: 'password', msg_code: '123456' })
    await form.submitButton.click()
    await form.expectTold({ errors: { pwd: '密码过于常见，请换一个' }, focus: 'pwd' })
    await eventually(async () => expect(await page.locator('.strength').getAttribute('data-level')).to.equal('0'))
  })
})
