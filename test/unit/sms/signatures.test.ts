import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { aliyunAuthorization, canonicalQuery } from '../../../src/sms/aliyun-signature.ts'
import { canonicalRequest, tencentAuthorization } from '../../../src/sms/tencent-signature.ts'
import { SECRET_FORM, webhookId, webhookSignature } from '../../../src/sms/webhook-signature.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

describe("Alibaba's signature", () => {
  // The example with fixed values in https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature.
  it('is that of the documentation', () => {
    const headers = {
      host: 'ecs.cn-shanghai.aliyuncs.com',
      'x-acs-action': 'RunInstances',
      'x-acs-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      'x-acs-date': '2023-10-26T10:22:32Z',
      'x-acs-signature-nonce': '3156853299f313e23d1673dc12e1703d',
      'x-acs-version': '2014-05-26',
    }
    const query = {
      RegionId: 'cn-shanghai',
      ImageId: 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd',
    }
    const request = { method: 'POST', path: '/', query, headers, body: '' }
    expect(aliyunAuthorization(request, 'YourAccessKeyId', 'YourAccessKeySecret')).to.equal(
      'ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0',
    )
  })

  it('is over a query in one form', () => {
    expect(canonicalQuery({ b: "店 *~!'()", A: '{"a":"+"}', a: '' })).to.equal(
      'A=%7B%22a%22%3A%22%2B%22%7D&a=&b=%E5%BA%97%20%2A~%21%27%28%29',
    )
  })
})

describe("Tencent's signature", () => {
  const body = String.raw`{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`
  const headers = { 'content-type': 'application/json; charset=utf-8', host: 'cvm.tencentcloudapi.com' }

  // The example of the signature v3 with these two headers, in the documentation of 2019 to 2022
  // (https://cloud.tencent.com/document/api/213/30654), with its whole keys.
  it('is that of the documentation', () => {
    const request = { service: 'cvm', timestamp: 1_551_113_065, headers, body }
    const keys = ['AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE', 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE'] as const
    expect(tencentAuthorization(request, ...keys)).to.equal(
      'TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host, Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168',
    )
  })

  // Today's example has a third header, and hides its keys: https://cloud.tencent.com/document/api/213/30654, step 2.
  it("is over the documentation's canonical request", () => {
    const { canonical, signed } = canonicalRequest({
      headers: { ...headers, 'x-tc-action': 'DescribeInstances' },
      body,
    })
    expect(signed).to.equal('content-type;host;x-tc-action')
    expect(sha256(canonical)).to.equal('7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84')
  })
})

describe("a webhook's signature", () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const expected = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
  const sign = (...secrets: string[]): string =>
    webhookSignature(secrets, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}')

  // "sign function works" in https://github.com/standard-webhooks/standard-webhooks, libraries/javascript/src/index.test.ts.
  it('is that of the reference libraries', () => expect(sign(secret)).to.equal(expected))

  it('is there for each secret', () => {
    const [first, second, ...more] = sign(`whsec_${'a'.repeat(32)}`, secret).split(' ')
    expect([second, more]).to.deep.equal([expected, []])
    expect(first).to.match(/^v1,/).and.not.equal(expected)
  })

  it('takes secrets of 24 to 64 bytes', () => {
    const of = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 1).toString('base64')}`
    for (const bytes of [24, 25, 32, 64]) expect(of(bytes)).to.match(SECRET_FORM)
    for (const bytes of [23, 67]) expect(of(bytes)).not.to.match(SECRET_FORM)
  })

  it('has an id without dots, the same for the same message', () => {
    const uuid = 'd7a3a0c2-50f7-4a35-9c5c-0d2c4b8f3f11'
    expect(webhookId(uuid)).to.equal(uuid)
    expect(webhookId('a.b'))
      .to.match(/^[\da-f]{64}$/)
      .and.equal(webhookId('a.b'))
    expect(webhookId('a.b')).not.to.equal(webhookId('a.c'))
  })
})
