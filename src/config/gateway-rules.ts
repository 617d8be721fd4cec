import type { Settings } from '../../config/default.ts'
import type { CrossRule } from './cross-rule.ts'
import { set } from './set-words.ts'
import type { SettingPath } from './settings-types.ts'

type GatewayName = Settings['sms']['gateways'][number]

/** What each SMS gateway can not do without, each with the name that its provider has for it. */
const needs = {
  yuntongxun: { accountSid: 'the ACCOUNT SID', authToken: 'the AUTH TOKEN', appId: 'the APP ID' },
  aliyun: {
    accessKeyId: 'the AccessKey ID',
    accessKeySecret: 'the AccessKey secret',
    signName: 'the sign name',
    templateCode: "the template's code",
  },
  tencent: {
    secretId: 'the SecretId',
    secretKey: 'the SecretKey',
    sdkAppId: 'the SdkAppId',
    signName: 'the sign name',
    templateId: "the template's id",
  },
  twilio: { accountSid: 'the account SID', authToken: 'the auth token' },
  webhook: { url: 'the address', secrets: 'at least one secret' },
} as const satisfies { [Name in Exclude<GatewayName, 'console'>]: Needs<Name> }

type Needs<Name extends GatewayName> = Name extends keyof Settings['sms']
  ? { readonly [Setting in keyof Settings['sms'][Name]]?: string }
  : never

/** The settings of each gateway that is chosen are there. */
export const gatewayRules: readonly CrossRule[] = [
  ...Object.entries(needs).flatMap(([gateway, settings]) =>
    Object.entries(settings).map(([name, what]) => rule(gateway as GatewayName, name, what)),
  ),
  {
    setting: 'sms.twilio.from',
    reads: ['sms.gateways', 'sms.twilio.from', 'sms.twilio.messagingServiceSid'],
    broken: ({ sms: { gateways, twilio } }) =>
      gateways.includes('twilio') && twilio.from === null && twilio.messagingServiceSid === null
        ? `a sender, for the twilio gateway (${set('sms.twilio.from')}, or ${set('sms.twilio.messagingServiceSid')})`
        : null,
  },
]

function rule(gateway: GatewayName, name: string, what: string): CrossRule {
  const setting = `sms.${gateway}.${name}` as SettingPath
  return {
    setting,
    reads: ['sms.gateways', setting],
    broken: ({ sms }) => {
      const settings: Readonly<Record<string, unknown>> = gateway === 'console' ? {} : sms[gateway]
      const missing = sms.gateways.includes(gateway) && settings[name] === null
      return missing ? `${what}, for the ${gateway} gateway (${set(setting)})` : null
    },
  }
}
