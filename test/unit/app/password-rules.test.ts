import { expect } from 'chai'
import { loadPasswordRules, type PasswordRules } from '../../../src/app/password-rules.ts'

describe('the password rules', () => {
  const owner = { username: 'Alice_Wang', mobile: '13812345678' }
  let strict: PasswordRules

  before(async () => {
    strict = await loadPasswordRules({ profile: 'strict', publicUrl: 'https://www.greengrocer.example' })
  })

  const guessable: [what: string, ...passwords: string[]][] = [
    ['the commonest', 'password', '12345678', 'iloveyou', '1qaz2wsx', 'qwertyuiop', 'abc123456', 'a123456789'],
    ['those in other letters', 'PassWord', 'ILOVEYOU'],
    ['one character over and over', 'aaaaaaaa', '        ', '88888888', '青青青青青青青青'],
    ['a few over and over', 'xyxyxyxy', 'xyzxyzxyz', '13571357'],
    ['runs', 'abcdefgh', 'hgfedcba', '23456789', 'ijklmnopqr'],
    ["the owner's name, with little beside it", 'Alice_Wang', 'alice_wang1', '!!alice_wang', 'ALICE_WANG123'],
    ["the owner's mobile", '13812345678', '13812345678a', 'a+13812345678'],
    ["the service's words", 'lovage123', 'Lovage!!', 'greengrocer', 'Greengrocer26'],
  ]
  for (const [what, ...passwords] of guessable) {
    it(`strict refuses ${what}`, () => {
      for (const password of passwords) expect(strict.isGuessable(password, owner), password).to.equal(true)
    })
  }

  it('strict takes others', () => {
    const good = [
      'correct horse battery staple',
      'alice_wang likes lovage soup',
      'greengrocer around the corner',
      'Tr0ub4dor&3x',
      '红豆生南国 春来发几枝',
      'abcdefgi',
      '13812345679',
      'bob_wang1x',
      'exampleeleven',
    ]
    for (const password of good) expect(strict.isGuessable(password, owner), password).to.equal(false)
  })

  it('strict does without a name, and without an address', async () => {
    const bare = await loadPasswordRules({ profile: 'strict', publicUrl: null })
    expect(bare.isGuessable('alice_wang1', {})).to.equal(false)
    expect(bare.isGuessable('greengrocer', {})).to.equal(false)
    expect(bare.isGuessable('lovage2026', {})).to.equal(true)
  })

  it('compat takes all', async () => {
    const compat = await loadPasswordRules({ profile: 'compat', publicUrl: null })
    expect(compat.profile).to.equal('compat')
    for (const password of ['password', '12345678', 'Alice_Wang']) {
      expect(compat.isGuessable(password, owner)).to.equal(false)
    }
  })
})
