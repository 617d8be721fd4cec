import { aliyunAccount } from '../support/fake-aliyun.ts'
import type { FakeProvider } from '../support/fake-provider.ts'
import { tencentAccount } from '../support/fake-tencent.ts'
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

/** What makes a service know the account of a fake of Alibaba's. */
export function aliyunEnvironment({ baseUrl }: FakeProvider): Record<string, string> {
  return {
    ALIYUN_BASE_URL: baseUrl,
    ALIYUN_ACCESS_KEY_ID: aliyunAccount.accessKeyId,
    ALIYUN_ACCESS_KEY_SECRET: aliyunAccount.accessKeySecret,
    ALIYUN_SIGN_NAME: aliyunAccount.signName,
    ALIYUN_TEMPLATE_CODE: aliyunAccount.templateCode,
  }
}

/** The same for Tencent. */
export function tencentEnvironment({ baseUrl }: FakeProvider): Record<string, string> {
  return {
    TENCENT_BASE_URL: baseUrl,
    TENCENT_SECRET_ID: tencentAccount.secretId,
    TENCENT_SECRET_KEY: tencentAccount.secretKey,
    TENCENT_SDK_APP_ID: tencentAccount.sdkAppId,
    TENCENT_SIGN_NAME: tencentAccount.signName,
    TENCENT_TEMPLATE_ID: tencentAccount.templateId,
  }
}
