import { addressBlock, oneClient } from '../address-block.ts'

/*
 * Where the budgets are in Redis. Each name is made of a mobile that a form has found right, or of an address that was parsed
 * and written anew, so that no text of a client's gets into one.
 */

/** What one provider's customer, or one machine room, usually has in a row. */
const neighbours = { ipv4: 24, ipv6: 48 }

/** Of a number +86 1AB CDEF GHIJ the first seven digits name the operator and the region. */
const prefixLength = 7

/** Budget of all SMS together. */
export const totalKey = 'budget_sms_total'

export interface SmsKeys {
  /** Up for as long as the mobile must wait for another SMS: the token of the last one. */
  readonly flag: string
  readonly mobile: string
  readonly address: string
  readonly total: string
  readonly wrongCodes: string
  /** The mobile's codes that were not used yet. */
  readonly unused: string
  /** The last codes of the mobile's prefix. */
  readonly prefixCodes: string
  readonly prefixAlarm: string
  /** The last codes that were asked for from the address block. */
  readonly blockCodes: string
  readonly blockAlarm: string
}

/** The keys of one SMS. @param block address block, of `blockOf` */
export function smsKeys(mobile: string, address: string): SmsKeys {
  const [prefix, block] = [prefixOf(mobile), blockOf(address)]
  return {
    flag: `send_flag_${mobile}`,
    mobile: `budget_sms_mobile_${mobile}`,
    address: `budget_sms_address_${addressBlock(address, oneClient)}`,
    total: totalKey,
    wrongCodes: wrongCodesKey(mobile),
    unused: unusedKey(mobile),
    prefixCodes: lastCodesKey(prefix),
    prefixAlarm: `pumping_alarm_${prefix}`,
    blockCodes: lastCodesKey(block),
    blockAlarm: `pumping_alarm_${block}`,
  }
}

/** Budget of a kind of request from one address. */
export function requestsKey(kind: string, address: string): string {
  return `budget_${kind}_${addressBlock(address, oneClient)}`
}

/** Budget of wrong codes for one mobile. */
export function wrongCodesKey(mobile: string): string {
  return `budget_wrong_codes_${mobile}`
}

export function unusedKey(mobile: string): string {
  return `pumping_unused_${mobile}`
}

/** @param place a prefix of numbers or an address block */
export function lastCodesKey(place: string): string {
  return `pumping_codes_${place}`
}

/** The part of a mobile's number that its neighbours share. */
export function prefixOf(mobile: string): string {
  return mobile.slice(0, prefixLength)
}

/** The block of an address that its neighbours share. */
export function blockOf(address: string): string {
  return addressBlock(address, neighbours)
}
