import { expect } from 'chai'
import { captchaUrl, makeUuid } from '../../../../src/web/sms/captcha.ts'

const V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe('the id of a captcha', () => {
  it('is a version 4 UUID, another one each time', () => {
    const first = makeUuid()
    expect(first).to.match(V4)
    expect(makeUuid()).not.to.equal(first)
  })

  it('comes from randomUUID where there is one', () => {
    const source = {
      randomUUID: () => '0b5bd1a6-92ab-4c44-9a7f-6f4c8c0d3f1e',
      getRandomValues: () => expect.fail('getRandomValues was called'),
    }
    expect(makeUuid(source)).to.equal('0b5bd1a6-92ab-4c44-9a7f-6f4c8c0d3f1e')
  })

  it('is built from random bytes without a secure context', () => {
    const zeros = { getRandomValues: (bytes: Uint8Array) => bytes.fill(0x00) }
    expect(makeUuid(zeros)).to.equal('00000000-0000-4000-8000-000000000000')
    const ones = { getRandomValues: (bytes: Uint8Array) => bytes.fill(0xff) }
    expect(makeUuid(ones)).to.equal('ffffffff-ffff-4fff-bfff-ffffffffffff')
    const random = { getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes) }
    for (let n = 0; n < 100; n++) expect(makeUuid(random)).to.match(V4)
  })

  it('is the last part of the address of its picture', () => {
    expect(captchaUrl('some-id')).to.equal('/image_codes/some-id')
  })
})
