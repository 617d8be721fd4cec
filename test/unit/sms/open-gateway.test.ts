import { expect } from 'chai'
import { ConsoleGateway } from '../../../src/sms/console.ts'
import { SmsError } from '../../../src/sms/errors.ts'
import type { GatewayName } from '../../../src/sms/gateway.ts'
import { openGateway } from '../../../src/sms/open-gateway.ts'
import { YuntongxunGateway } from '../../../src/sms/yuntongxun.ts'
import { smsSettings } from '../../support/sms-settings.ts'

const account = {
  baseUrl: 'https://app.cloopen.com:8883',
  accountSid: '8a48b5514f49079e014f5b8a1d2f0000',
  authToken: '0123456789abcdef0123456789abcdef',
  appId: '8a48b5514f49079e014f5b8a1d2f0001',
  templateId: '1',
}
const settings = smsSettings({ gateways: ['yuntongxun'], yuntongxun: account })

/** Opens Yuntongxun with some settings changed to what the types do not allow. */
function open(changes: Record<string, unknown>, top: Record<string, unknown> = {}): () => void {
  const changed = structuredClone(settings)
  Object.assign(changed.yuntongxun, changes)
  Object.assign(changed, top)
  return () => openGateway('yuntongxun', changed)
}

describe('openGateway', () => {
  it('opens the gateway of that name, a new one each time', () => {
    const gateway = openGateway('yuntongxun', settings)
    expect(gateway).to.be.instanceOf(YuntongxunGateway)
    expect([gateway.name, gateway.idempotent]).to.deep.equal(['yuntongxun', true])
    expect(openGateway('yuntongxun', settings)).not.to.equal(gateway)
    const console = openGateway('console', smsSettings({}))
    expect(console).to.be.instanceOf(ConsoleGateway)
    expect([console.name, console.idempotent]).to.deep.equal(['console', false])
  })

  it('opens from a copy of the settings, as a thread gets them', () => {
    expect(openGateway('yuntongxun', structuredClone(settings)).name).to.equal('yuntongxun')
  })

  for (const name of ['mail', 'toString', '', undefined]) {
    it(`refuses the name ${JSON.stringify(name)} and says which there are`, () => {
      const known = 'console, yuntongxun, aliyun, tencent, twilio, webhook'
      expect(() => openGateway(name as GatewayName, settings))
        .to.throw(SmsError, `sms.gateways: expected some of ${known}, came ${JSON.stringify(name)}`)
        .with.property('code', 'SMS_GATEWAY_UNKNOWN')
    })
  }
})

describe('the settings of Yuntongxun', () => {
  const bad: [Record<string, unknown>, string][] = [
    [{ accountSid: '' }, 'sms.yuntongxun.accountSid: expected 1 to 64 letters and digits, came nothing'],
    [{ accountSid: null }, 'came nothing'],
    [{ accountSid: '../x' }, 'came a text of length 4'],
    [
      { authToken: '' },
      'sms.yuntongxun.authToken: expected 1 to 128 printable characters without blanks, came nothing',
    ],
    [{ authToken: 'a b' }, 'came a text of length 3'],
    [{ appId: 7 }, 'sms.yuntongxun.appId: expected 1 to 64 letters and digits, came a value of type number'],
    [{ templateId: 'one' }, 'sms.yuntongxun.templateId: expected 1 to 20 digits, came a text of length 3'],
    [
      { baseUrl: 'app.cloopen.com' },
      'sms.yuntongxun.baseUrl: expected an https address (http only on a loopback host)',
    ],
    [{ baseUrl: '' }, 'came nothing'],
    [{ baseUrl: 'http://app.cloopen.com:8883' }, 'came http://app.cloopen.com:8883'],
    [{ baseUrl: 'http://127.example.org' }, 'came http://127.example.org'],
    [{ baseUrl: 'ftp://127.0.0.1' }, 'came ftp://127.0.0.1'],
    [{ baseUrl: 'https://me:topsecret@app.cloopen.com' }, 'came one with more for app.cloopen.com'],
    [{ baseUrl: 'https://app.cloopen.com/?key=topsecret' }, 'came one with more for app.cloopen.com'],
    [{ baseUrl: 'https://app.cloopen.com/#topsecret' }, 'came one with more for app.cloopen.com'],
  ]
  for (const [changes, text] of bad) {
    it(`refuses ${JSON.stringify(changes)}`, () => {
      expect(open(changes)).to.throw(SmsError, text).with.property('code', 'SMS_SETTING_INVALID')
      expect(open(changes)).not.to.throw(/topsecret|a b/)
    })
  }

  for (const baseUrl of ['http://127.0.0.1:80', 'http://127.1', 'http://[::1]:80', 'http://localhost:80/sub/']) {
    it(`takes ${baseUrl}`, () => expect(open({ baseUrl })).not.to.throw())
  }

  for (const name of ['connectTimeoutMs', 'timeoutMs']) {
    for (const value of [0, -1, 1.5, Number.NaN, 2_147_483_648, '10']) {
      it(`refuses ${name} ${JSON.stringify(value)}`, () => {
        const text = `sms.${name}: expected whole milliseconds from 1 to 2147483647, came ${String(value)}`
        expect(open({}, { [name]: value })).to.throw(SmsError, text)
      })
    }
  }
})
