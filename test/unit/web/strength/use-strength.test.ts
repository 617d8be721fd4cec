import { expect } from 'chai'
import { effectScope, ref, type EffectScope } from 'vue'
import { isWarning, useStrength, type Strength } from '../../../../src/web/strength/use-strength.ts'
import { eventually } from '../../../support/eventually.ts'

const WEAK: Strength = { level: 0, warning: 'topTen' }
const STRONG: Strength = { level: 4, warning: undefined }

describe('the strength of a password', () => {
  let scope: EffectScope
  beforeEach(() => (scope = effectScope()))
  afterEach(() => scope.stop())

  function setUp() {
    const password = ref('')
    const asked: [password: string, words: readonly string[]][] = []
    const meter = { opened: 0, ended: 0, answer: async (): Promise<Strength> => WEAK }
    const strength = scope.run(() =>
      useStrength({
        password: () => password.value,
        words: () => ['python_01'],
        delayMs: 1,
        open() {
          meter.opened++
          return {
            measure(text, words) {
              asked.push([text, words])
              return meter.answer()
            },
            end: () => void meter.ended++,
          }
        },
      }),
    )
    if (strength === undefined) throw new Error('the scope did not run')
    return { password, asked, meter, strength }
  }

  it('is measured from the first character on, once for what is typed at a stretch', async () => {
    const { password, asked, meter, strength } = setUp()
    expect(meter.opened).to.equal(0)
    password.value = 'p'
    password.value = 'pa'
    await eventually(() => expect(strength.value).to.deep.equal(WEAK))
    expect(asked).to.deep.equal([['pa', ['python_01']]])
    meter.answer = async () => STRONG
    password.value = 'pa and more'
    await eventually(() => expect(strength.value).to.deep.equal(STRONG))
    expect([meter.opened, meter.ended]).to.deep.equal([1, 0])
    scope.stop()
    expect(meter.ended).to.equal(1)
  })

  it('is gone with the password', async () => {
    const { password, strength } = setUp()
    password.value = 'p'
    await eventually(() => expect(strength.value).to.deep.equal(WEAK))
    password.value = ''
    await eventually(() => expect(strength.value).to.equal(undefined))
  })

  it('is not that of what was typed over meanwhile', async () => {
    const { password, asked, meter, strength } = setUp()
    let answer: (strength: Strength) => void = () => {}
    meter.answer = () => new Promise((resolve) => (answer = resolve))
    password.value = 'old'
    await eventually(() => expect(asked).to.have.length(1))
    const answerAboutOld = answer
    password.value = 'new'
    await eventually(() => expect(asked).to.have.length(2))
    answer(STRONG)
    await eventually(() => expect(strength.value).to.deep.equal(STRONG))
    answerAboutOld(WEAK)
    await new Promise((resolve) => setImmediate(resolve))
    expect(strength.value).to.deep.equal(STRONG)
  })

  it('is not asked for again where it could not be told', async () => {
    const { password, asked, meter, strength } = setUp()
    meter.answer = () => Promise.reject(new Error('no thread'))
    password.value = 'p'
    await eventually(() => expect(asked).to.have.length(1))
    await new Promise((resolve) => setImmediate(resolve))
    password.value = 'pa'
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(asked).to.have.length(1)
    expect(strength.value).to.equal(undefined)
  })

  it('has a warning where there are words for it', () => {
    expect([isWarning('topTen'), isWarning('toString'), isWarning(null)]).to.deep.equal([true, false, false])
  })
})
