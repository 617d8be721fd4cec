import { below, checkAddress, checkText, checkTimes } from './check-settings.ts'
import type { SmsSettings } from './gateway.ts'

/**
 * Checks the settings that the gateway uses. No error shows a credential.
 *
 * @returns the address of the account, below which its requests go, without the signature
 * @throws SmsError SMS_SETTING_INVALID, naming the setting, what was expected and what came
 */
export function checkYuntongxunSettings(settings: SmsSettings): URL {
  const { accountSid, authToken, appId, templateId, baseUrl } = settings.yuntongxun
  checkText('yuntongxun.accountSid', accountSid, /^[\da-z]{1,64}$/i, '1 to 64 letters and digits')
  checkText('yuntongxun.authToken', authToken, /^[!-~]{1,128}$/, '1 to 128 printable characters without blanks')
  checkText('yuntongxun.appId', appId, /^[\da-z]{1,64}$/i, '1 to 64 letters and digits')
  checkText('yuntongxun.templateId', templateId, /^\d{1,20}$/, '1 to 20 digits')
  checkTimes(settings)
  return below(checkAddress('yuntongxun.baseUrl', baseUrl), `/2013-12-26/Accounts/${accountSid}`)
}
