import type { CodeTable } from './code-table.ts'

/**
 * What Twilio's codes mean for a message.
 *
 * @see https://www.twilio.com/docs/api/errors/21211, and so on: each code has a page of its own
 */
export const twilioCodes: CodeTable = {
  // Too many requests; too many messages queued; a rate exceeded; the provider out of order.
  transient: ['20429', '21611', '14107', '30001', '20500', '20503', '20504'],
  // The account's own limit of messages a day.
  throttled: ['63038'],
  recipient: [
    '21211', // no valid number
    '21214', // can not be reached
    '21217', // does not look valid
    '21265', // a short code
    '21408', // a country that the account does not send to
    '21610', // has unsubscribed
    '21612', // not reachable from this sender
    '21614', // no mobile
    '21635', // a landline
  ],
  configuration: [
    '20003', // authentication
    '20005', // the account is not active
    '20404', // no such account
    '21212', // the sender is no valid number
    '21603', // a sender is missing
    '21606', // the sender can not send
    '21608', // a trial account
    '21617', // the text is too long
    '21659', // the sender is not the account's
    '21660', // the sender is another account's
    '21703', // the messaging service has no numbers
    '21704', // the same
    '21705', // no such messaging service
    '30002', // the account is suspended
    '30034', // the sender is not registered
  ],
}
