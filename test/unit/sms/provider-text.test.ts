import { expect } from 'chai'
import { cleanProviderText } from '../../../src/sms/provider-text.ts'

describe('cleanProviderText', () => {
  const cases: [string, string, string][] = [
    ['keeps plain words', '【短信】号码格式有误', '【短信】号码格式有误'],
    ['keeps short numbers', '限制是250个字符', '限制是250个字符'],
    ['hides a mobile', '号码13800000000有误', '号码***有误'],
    ['hides a mobile in groups', 'bad number +86 138-0000 0000!', 'bad number +***!'],
    ['hides full-width digits', '号码１３８００００００００', '号码***'],
    ['hides a code', 'code 123456 is wrong', 'code *** is wrong'],
    ['hides a signature', 'sig 6BE92D33EF68F0B579F138EA3E2E4929', 'sig ***'],
    ['hides base64', 'auth OGE0OGI1NTE0ZjQ5MDc5ZTAxNGY1Yjg=', 'auth ***'],
    ['hides a given secret of any form', 'token s3 and s3', 'token *** and ***'],
    ['makes one line', 'a\r\n\u001b[31mb\u0000\u2028c', 'a [31mb c'],
  ]
  for (const [what, text, clean] of cases) {
    it(what, () => expect(cleanProviderText(text, ['s3', ''])).to.equal(clean))
  }

  it('cuts after hiding, so that no half of a secret is left', () => {
    expect(cleanProviderText(`${'字'.repeat(117)} 13800000000 and more`, [])).to.equal(`${'字'.repeat(117)} **…`)
  })
})
