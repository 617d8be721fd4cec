import { expect } from 'chai'
import { accountTexts } from '../../../src/web/account/texts.ts'
import { homeTexts } from '../../../src/web/home/texts.ts'
import { LANGUAGES, language } from '../../../src/web/language.ts'
import { loginTexts } from '../../../src/web/login/texts.ts'
import { texts as monitorTexts } from '../../../src/web/monitor/texts.ts'
import { registerTexts } from '../../../src/web/register/texts.ts'
import { resetTexts } from '../../../src/web/reset/texts.ts'
import { texts } from '../../../src/web/texts.ts'

const ALL: Record<string, object> = {
  texts,
  homeTexts,
  registerTexts,
  loginTexts,
  resetTexts,
  accountTexts,
  monitorTexts,
}

/** Every text by its path, those with something to fill in filled in. */
function flatten(value: unknown, path: string): [path: string, text: string][] {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value === 'function') return [[path, String((value as (...given: unknown[]) => unknown)('7', ''))]]
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) => flatten(inner, `${path}.${key}`))
  }
  throw new Error(`${path} is no text, but ${typeof value}`)
}

describe('the texts', () => {
  afterEach(() => {
    language.value = 'zh'
  })

  it('are there in every language, the same ones, and none is empty', () => {
    const paths = LANGUAGES.map((one) => {
      language.value = one
      const found = flatten(ALL, '')
      expect(found.length).to.be.greaterThan(120)
      for (const [path, text] of found) expect(text.trim(), `${one}${path}`).not.to.equal('')
      return found.map(([path]) => path)
    })
    expect(paths[1]).to.deep.equal(paths[0])
  })

  it('are of their own language', () => {
    language.value = 'en'
    const inEnglish = flatten(ALL, '').filter(([path]) => path !== '.texts.preferences.otherLanguage')
    expect(inEnglish.filter(([, text]) => /\p{Script=Han}/u.test(text))).to.deep.equal([])
    language.value = 'zh'
    const exceptions = /\.(?:brand|title|otherLanguage|id|lovage|celery|of)$/
    const inChinese = flatten(ALL, '').filter(([path]) => !exceptions.test(path))
    expect(inChinese.filter(([, text]) => !/\p{Script=Han}/u.test(text))).to.deep.equal([])
  })

  it('change with the language', () => {
    expect(texts.sms.get).to.equal('获取短信验证码')
    language.value = 'en'
    expect(texts.sms.get).to.equal('Get SMS code')
    expect(homeTexts.hello('Ada')).to.equal('Hello, Ada')
  })
})

describe('the countdown label', () => {
  const labels: [seconds: number, label: string, english: string][] = [
    [1, '1秒后重新获取', 'Again in 1 s'],
    [59, '59秒后重新获取', 'Again in 59 s'],
    [99, '99秒后重新获取', 'Again in 99 s'],
    [100, '2分钟后重新获取', 'Again in 2 min'],
    [3600, '60分钟后重新获取', 'Again in 60 min'],
    [6000, '2小时后重新获取', 'Again in 2 h'],
    [86_400, '24小时后重新获取', 'Again in 24 h'],
  ]
  for (const [seconds, label, english] of labels) {
    it(`for ${seconds} s is ${label}, ${english}`, () => {
      expect(texts.sms.again(seconds)).to.equal(label)
      language.value = 'en'
      expect(texts.sms.again(seconds)).to.equal(english)
      language.value = 'zh'
    })
  }
})
