import { expect } from 'chai'
import { keepChoice, readChoice } from '../../../src/web/kept-choice.ts'
import { findLanguage, language } from '../../../src/web/language.ts'

describe('the language', () => {
  afterEach(() => {
    language.value = 'zh'
  })

  const browsers: [languages: string[], found: string][] = [
    [['zh-CN'], 'zh'],
    [['zh-TW', 'en'], 'zh'],
    [['en-GB', 'zh-CN'], 'en'],
    [['EN'], 'en'],
    [['fr-FR', 'en;q=0.8', 'en-US'], 'en'],
    [['fr-FR'], 'zh'],
    [['zho', 'english'], 'zh'],
    [[], 'zh'],
  ]
  for (const [languages, found] of browsers) {
    it(`of a browser with ${languages.join(', ') || 'none'} is ${found}`, () => {
      findLanguage(languages)
      expect(language.value).to.equal(found)
    })
  }
})

describe('a choice that is kept', () => {
  const COLOURS = ['red', 'green'] as const

  function storeOf(items: Map<string, string>) {
    return () => ({
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
    })
  }

  it('is found again, unless it is none that there is', () => {
    const items = new Map<string, string>()
    expect(readChoice('colour', COLOURS, storeOf(items))).to.equal(undefined)
    keepChoice('colour', 'green', storeOf(items))
    expect(readChoice('colour', COLOURS, storeOf(items))).to.equal('green')
    items.set('colour', 'blue')
    expect(readChoice('colour', COLOURS, storeOf(items))).to.equal(undefined)
  })

  it('is none where the browser keeps nothing', () => {
    const refusing = () => {
      throw new DOMException('not here', 'SecurityError')
    }
    keepChoice('colour', 'green', refusing)
    expect(readChoice('colour', COLOURS, refusing)).to.equal(undefined)
  })
})
