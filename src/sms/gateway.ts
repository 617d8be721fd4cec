/**
 * What an SMS gateway is: types only. Everything here is plain data, so that it passes through workerData.
 */

/** One SMS with a verification code. */
export interface SmsMessage {
  /** The full number: `13800000000`, or with `+` and the country's code. Each gateway gives its provider the form that it wants. */
  readonly mobile: string
  readonly code: string
  /** How long the code is valid, in whole minutes. Part of the text that the person reads. */
  readonly validMinutes: number
  /** The same in every try of one message (the task's id, a UUID): it is what makes a retry safe. */
  readonly requestId: string
}

/**
 * Why a message was not accepted.
 *
 * - `transient`: it may be accepted when tried again
 * - `throttled`: the provider sends no more to this number, or from this account, for now
 * - `recipient`: this number gets no messages
 * - `configuration`: account, application, template or request are wrong: no message will pass until a person acts
 */
export type SmsFailureClass = 'transient' | 'throttled' | 'recipient' | 'configuration'

/** A message that was not accepted. No field ever holds the code, the full mobile, or a credential. */
export interface SmsFailure {
  readonly class: SmsFailureClass
  /** The provider's own code (`160042`), `HTTP_<status>`, or the name of what went wrong on the way (`ECONNREFUSED`). */
  readonly providerCode: string
  /** One sentence for a person. */
  readonly reason: string
  /** How long the provider asked to be left alone, in milliseconds. */
  readonly retryAfterMs?: number
  /**
   * The request may have reached the provider, and nobody knows what became of the message: it may be sent again by this gateway
   * alone, and only where that is `idempotent`.
   */
  readonly maybeSent?: true
  /** The gateway saw for itself that the message can not be sent, and asked nobody. */
  readonly unasked?: true
}

/** What became of a message. */
export type SmsResult = { readonly class: 'accepted'; readonly providerCode?: string } | SmsFailure

/** What a provider said to a call that sends nothing. */
export interface AccountCheck {
  /** `accepted`: it knows the credentials; `refused`: it does not, or not for SMS; `unknown`: it could not be asked. */
  readonly outcome: 'accepted' | 'refused' | 'unknown'
  /** What was asked: `QuerySmsTemplate`. */
  readonly call: string
  /** One sentence for a person, without credentials. */
  readonly reason: string
  /** The provider's clock, as its answer's `Date` says, in milliseconds since 1970; null where no answer came. */
  readonly serverTime: number | null
}

/** A way to send messages. */
export interface SmsGateway {
  readonly name: string
  /**
   * Whether a message may be sent again under its `requestId` when nobody knows what became of the first try: nobody
   * gets a second SMS.
   */
  readonly idempotent: boolean
  /** Where its requests go; absent where it makes none. */
  readonly url?: URL
  /** How far this machine's clock may be off for its provider, in milliseconds; absent: it does not matter. */
  readonly clockToleranceMs?: number
  /**
   * Hands one message to the provider.
   *
   * @returns what became of it: a refusal or a broken network is a result, not an error
   * @throws the signal's reason when aborted, SmsError SMS_MESSAGE_INVALID for a message that no provider can send
   */
  send(message: SmsMessage, signal: AbortSignal): Promise<SmsResult>
  /**
   * Asks the provider something harmless, signed as messages are. Absent where the provider has no such call.
   *
   * @throws the signal's reason when aborted
   */
  checkAccount?(signal: AbortSignal): Promise<AccountCheck>
  /** Ends idle connections. */
  close?(): void
}

/** Every gateway's name. */
export const gatewayNames = ['console', 'yuntongxun', 'aliyun', 'tencent', 'twilio', 'webhook'] as const

/** One of {@link gatewayNames}. */
export type GatewayName = (typeof gatewayNames)[number]

/** What stands in a template's place. */
export type TemplatePart = 'code' | 'minutes'

/** The settings of all gateways, checked before a thread gets them. */
export interface SmsSettings {
  /** In the order in which they are tried; none twice. */
  readonly gateways: readonly GatewayName[]
  /** How long connecting may take, TLS included, in milliseconds. */
  readonly connectTimeoutMs: number
  /** How long one request may take in all, in milliseconds. */
  readonly timeoutMs: number
  /** After so many failures one after another a gateway is passed over, for so long, in milliseconds. */
  readonly breaker: { readonly failures: number; readonly openMs: number }
  /** Memory of the process's threads with the figures of its gateways; absent: this thread's own. See health-board. */
  readonly health?: SharedArrayBuffer
  readonly yuntongxun: {
    /** The provider's address: https, or http on a loopback host. So are all of them. */
    readonly baseUrl: string
    readonly accountSid: string
    readonly authToken: string
    readonly appId: string
    /** Template with two places: the code, and its life in minutes. */
    readonly templateId: string
  }
  readonly aliyun: {
    readonly baseUrl: string
    readonly accessKeyId: string
    readonly accessKeySecret: string
    readonly signName: string
    readonly templateCode: string
    /** Names of the template's variables; null: it has none for the minutes. */
    readonly codeParam: string
    readonly minutesParam: string | null
  }
  readonly tencent: {
    readonly baseUrl: string
    readonly secretId: string
    readonly secretKey: string
    readonly region: string
    readonly sdkAppId: string
    readonly signName: string
    readonly templateId: string
    /** What stands in the template's places, in their order. */
    readonly templateParams: readonly TemplatePart[]
  }
  readonly twilio: {
    readonly baseUrl: string
    readonly accountSid: string
    readonly authToken: string
    /** A number in E.164, or a sender's name; empty where there is a messaging service. */
    readonly from: string
    readonly messagingServiceSid: string
    /** The text, with `{code}` and `{minutes}`. */
    readonly text: string
  }
  readonly webhook: {
    readonly url: string
    /** Each `whsec_` and the key in base64; a message is signed with each, so that one can take another's place. */
    readonly secrets: readonly string[]
    /** The text, with `{code}` and `{minutes}`, for an endpoint that sends texts. */
    readonly text: string
  }
}
