import { fakeAccount, type FakeYuntongxun } from '../support/fake-yuntongxun.ts'

/** What makes a service send through a fake provider. */
export function gatewayEnvironment({ baseUrl }: FakeYuntongxun): Record<string, string> {
  return {
    SMS_GATEWAY: 'yuntongxun',
    YUNTONGXUN_BASE_URL: baseUrl,
    YUNTONGXUN_ACCOUNT_SID: fakeAccount.accountSid,
    YUNTONGXUN_AUTH_TOKEN: fakeAccount.authToken,
    YUNTONGXUN_APP_ID: fakeAccount.appId,
    YUNTONGXUN_TEMPLATE_ID: fakeAccount.templateId,
  }
}
