import type { SmsSettings } from '../../src/sms/gateway.ts'

/** Settings of gateways with nothing set: what is not given is as it is where a gateway is not chosen. */
export function smsSettings(given: Partial<SmsSettings>): SmsSettings {
  const baseUrl = 'https://gateway.invalid'
  return {
    gateways: ['console'],
    connectTimeoutMs: 3_000,
    timeoutMs: 10_000,
    breaker: { failures: 5, openMs: 30_000 },
    yuntongxun: { baseUrl, accountSid: '', authToken: '', appId: '', templateId: '1' },
    aliyun: {
      baseUrl,
      accessKeyId: '',
      accessKeySecret: '',
      signName: '',
      templateCode: '',
      codeParam: 'code',
      minutesParam: null,
    },
    tencent: {
      baseUrl,
      secretId: '',
      secretKey: '',
      region: 'ap-guangzhou',
      sdkAppId: '',
      signName: '',
      templateId: '',
      templateParams: ['code', 'minutes'],
    },
    twilio: { baseUrl, accountSid: '', authToken: '', from: '', messagingServiceSid: '', text: '{code}, {minutes}' },
    webhook: { url: '', secrets: [], text: '{code}, {minutes}' },
    ...given,
  }
}
