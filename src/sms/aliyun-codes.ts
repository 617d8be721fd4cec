import type { CodeTable } from './code-table.ts'

/**
 * What Alibaba's codes mean for a message. Those of the SMS service begin with `isv.` (the customer's side) or `isp.` (the
 * provider's), those without a prefix are of its API gateway.
 *
 * @see https://help.aliyun.com/zh/sms/developer-reference/api-error-codes (国内消息API错误码)
 * @see https://api.aliyun.com/document/Dysmsapi/2017-05-25/errorCode (the gateway's)
 */
export const aliyunCodes: CodeTable = {
  transient: [
    'isp.SYSTEM_ERROR',
    'isp.GATEWAY_ERROR',
    'InternalError',
    'ServiceUnavailable',
    'SignatureNonceUsed',
    'Throttling',
    'Throttling.*',
  ],
  // Limits of a number, and those that the customer has set for himself.
  throttled: ['isv.BUSINESS_LIMIT_CONTROL', 'isv.DAY_LIMIT_CONTROL', 'isv.MONTH_LIMIT_CONTROL', 'isv.SMS_OVER_LIMIT'],
  recipient: ['isv.MOBILE_NUMBER_ILLEGAL', 'isv.CUSTOMER_REFUSED'],
  configuration: [
    // The account
    'isp.RAM_PERMISSION_DENY',
    'isv.ACCOUNT_ABNORMAL',
    'isv.ACCOUNT_NOT_EXISTS',
    'isv.AMOUNT_NOT_ENOUGH',
    'isv.DENY_IP_RANGE',
    'isv.OUT_OF_SERVICE',
    'isv.PRODUCT_UNSUBSCRIBE',
    'isv.PRODUCT_UN_SUBSCRIPT',
    'isv.SECURITY_FROZEN_ACCOUNT',
    'InvalidAccessKeyId.*',
    'NoPermission',
    'Forbidden.*',
    // Sign name, template and what stands in it
    'SIGNATURE_BLACKLIST',
    'isv.BLACK_KEY_CONTROL_LIMIT',
    'isv.DOMESTIC_NUMBER_NOT_SUPPORTED',
    'isv.EXTEND_CODE_ERROR',
    'isv.INVALID_JSON_PARAM',
    'isv.PARAM_LENGTH_LIMIT',
    'isv.PARAM_NOT_SUPPORT_URL',
    'isv.SIGN_NAME_ILLEGAL',
    'isv.SIGN_STATE_ILLEGAL',
    'isv.SMS_CONTENT_ILLEGAL',
    'isv.SMS_SIGNATURE_ILLEGAL',
    'isv.SMS_SIGNATURE_SCENE_ILLEGAL',
    'isv.SMS_SIGN_ILLEGAL',
    'isv.SMS_TEMPLATE_ILLEGAL',
    'isv.SMS_TEST_NUMBER_LIMIT',
    'isv.SMS_TEST_SIGN_TEMPLATE_LIMIT',
    'isv.SMS_TEST_TEMPLATE_PARAMS_ILLEGAL',
    'isv.TEMPLATE_MISSING_PARAMETERS',
    'isv.TEMPLATE_PARAMS_ILLEGAL',
    // The request
    'isv.INVALID_PARAMETERS',
    'isv.MOBILE_COUNT_OVER_LIMIT',
    'InvalidAction.NotFound',
    'InvalidTimeStamp.*',
    'InvalidVersion',
    'MissingParameter',
    'SignatureDoesNotMatch',
  ],
}

/**
 * Codes behind which a message may have been sent: a module that did not answer, an unknown error, and a nonce that has been here
 * already: each request has one of its own, so something on the way has sent this request twice.
 */
export const aliyunOpenCodes: ReadonlySet<string> = new Set([
  'isp.GATEWAY_ERROR',
  'InternalError',
  'SignatureNonceUsed',
])
