/**
 * What an SMS gateway is: types only. Everything here is plain data, so that it passes through workerData.
 */

/** One SMS with a verification code. */
export interface SmsMessage {
  /** The full number, as the provider takes it: `13800000000`. */
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
}

/** What became of a message. */
export type SmsResult = { readonly class: 'accepted'; readonly providerCode?: string } | SmsFailure

/** A way to send messages. */
export interface SmsGateway {
  readonly name: string
  /**
   * Whether a message may be sent again under its `requestId` when nobody knows what became of the first try: nobody
   * gets a second SMS.
   */
  readonly idempotent: boolean
  /**
   * Hands one message to the provider.
   *
   * @returns what became of it: a refusal or a broken network is a result, not an error
   * @throws the signal's reason when aborted, SmsError SMS_MESSAGE_INVALID for a message that no provider can send
   */
  send(message: SmsMessage, signal: AbortSignal): Promise<SmsResult>
  /** Ends idle connections. */
  close?(): void
}

/** The settings of all gateways, checked before a thread gets them. */
export interface SmsSettings {
  readonly gateway: 'console' | 'yuntongxun'
  /** How long connecting may take, TLS included, in milliseconds. */
  readonly connectTimeoutMs: number
  /** How long one request may take in all, in milliseconds. */
  readonly timeoutMs: number
  readonly yuntongxun: {
    /** The provider's address: https, or http on a loopback host. */
    readonly baseUrl: string
    readonly accountSid: string
    readonly authToken: string
    readonly appId: string
    /** Template with two places: the code, and its life in minutes. */
    readonly templateId: string
  }
}
