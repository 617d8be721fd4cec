import type { CodeTable } from './code-table.ts'

/**
 * What Tencent's codes mean for a message: those of a single message (`SendStatusSet`) and those of the whole request (`Error`).
 *
 * @see https://cloud.tencent.com/document/api/382/59177 (短信 API 3.0 发送错误码)
 * @see https://cloud.tencent.com/document/api/382/52075 (公共错误码)
 */
export const tencentCodes: CodeTable = {
  transient: [
    'InternalError',
    'InternalError.OtherError',
    'InternalError.ParseBackendResponseFail',
    'InternalError.SendAndRecvFail',
    'InternalError.Timeout',
    'InternalError.UnknownError',
    'RequestLimitExceeded',
    'RequestLimitExceeded.*',
    'ResourceInUse',
    'ResourceInsufficient',
    'ResourceUnavailable',
    'ServiceUnavailable',
  ],
  // Limits of a number, and those that the customer has set for himself.
  throttled: [
    'LimitExceeded.AppCountryOrRegionDailyLimit',
    'LimitExceeded.AppDailyLimit',
    'LimitExceeded.AppGlobalDailyLimit',
    'LimitExceeded.AppMainlandChinaDailyLimit',
    'LimitExceeded.DailyLimit',
    'LimitExceeded.DeliveryFrequencyLimit',
    'LimitExceeded.PhoneNumberDailyLimit',
    'LimitExceeded.PhoneNumberOneHourLimit',
    'LimitExceeded.PhoneNumberSameContentDailyLimit',
    'LimitExceeded.PhoneNumberThirtySecondLimit',
  ],
  recipient: [
    'FailedOperation.PhoneNumberInBlacklist',
    'FailedOperation.PhoneNumberParseFail',
    'InvalidParameterValue.IncorrectPhoneNumber',
    // Countries that are not served, or not with this template.
    'LimitExceeded.AppCountryOrRegionInBlacklist',
    'UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone',
    'UnsupportedOperation.UnsupportedRegion',
    'UnsupportedOperation.UnsuportedRegion',
  ],
  configuration: [
    // The account
    'AuthFailure.*',
    'FailedOperation.InsufficientBalanceInSmsPackage',
    'InternalError.RequestTimeException',
    'InternalError.SigFieldMissing',
    'InternalError.SigVerificationFail',
    'InvalidParameterValue.SdkAppIdNotExist',
    'IpInBlacklist',
    'IpNotInWhitelist',
    'UnauthorizedOperation',
    'UnauthorizedOperation.*',
    // Sign name, template and what stands in it
    'FailedOperation.ContainSensitiveWord',
    'FailedOperation.MarketingSendTimeConstraint',
    'FailedOperation.SignatureIncorrectOrUnapproved',
    'FailedOperation.TemplateIncorrectOrUnapproved',
    'FailedOperation.TemplateParamSetNotMatchApprovedTemplate',
    'FailedOperation.TemplateUnapprovedOrNotExist',
    'InvalidParameter.DirtyWordFound',
    'InvalidParameterValue.ContentLengthLimit',
    'InvalidParameterValue.ProhibitedUseUrlInTemplateParameter',
    'InvalidParameterValue.TemplateParameterFormatError',
    'InvalidParameterValue.TemplateParameterLengthLimit',
    'UnsupportedOperation.GlobalTemplateToChineseMainlandPhone',
    // The request
    'FailedOperation.FailResolvePacket',
    'FailedOperation.JsonParseFail',
    'InternalError.JsonParseFail',
    'InternalError.RestApiInterfaceNotExist',
    'InvalidAction',
    'InvalidParameter',
    'InvalidParameter.*',
    'InvalidParameterValue',
    'LimitExceeded.PhoneNumberCountLimit',
    'MissingParameter',
    'MissingParameter.*',
    'NoSuchVersion',
    'UnsupportedRegion',
  ],
}

/** Codes behind which a message may have been sent: time ran out behind the provider's door, or something unknown went wrong there. */
export const tencentOpenCodes: ReadonlySet<string> = new Set([
  'InternalError',
  'InternalError.OtherError',
  'InternalError.ParseBackendResponseFail',
  'InternalError.SendAndRecvFail',
  'InternalError.Timeout',
  'InternalError.UnknownError',
])
