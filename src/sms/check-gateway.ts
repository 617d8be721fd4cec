import { SmsError } from './errors.ts'
import type { AccountCheck, GatewayName, SmsGateway, SmsSettings } from './gateway.ts'
import { openGateway } from './open-gateway.ts'
import { reach } from './reach.ts'

/** What was looked at, and how it is. `unknown`: it could not be found out; `skipped`: there is nothing to find out. */
export interface GatewayCheck {
  readonly gateway: GatewayName
  readonly check: 'settings' | 'host' | 'account' | 'clock'
  readonly state: 'ok' | 'failed' | 'unknown' | 'skipped'
  /** One sentence for a person, without credentials. */
  readonly reason: string
}

type Part = Pick<GatewayCheck, 'check' | 'state' | 'reason'>

/** A clock that is off by more may be wrong altogether, whether the provider minds or not. In milliseconds. */
const noticedSkewMs = 60_000

const states = { accepted: 'ok', refused: 'failed', unknown: 'unknown' } as const

/**
 * Looks whether a gateway could send, without sending.
 *
 * In order: its settings; its host, by name and with a connection; its account, by a harmless call that is signed as messages are; this
 * machine's clock, beside that of the answer to that call.
 */
export async function checkGateway(name: GatewayName, settings: SmsSettings): Promise<GatewayCheck[]> {
  return (await partsOf(name, settings)).map((part) => ({ gateway: name, ...part }))
}

async function partsOf(name: GatewayName, settings: SmsSettings): Promise<Part[]> {
  let gateway: SmsGateway
  try {
    gateway = openGateway(name, settings)
  } catch (error) {
    if (error instanceof SmsError) return [{ check: 'settings', state: 'failed', reason: error.message }]
    throw error
  }
  try {
    const complete: Part = { check: 'settings', state: 'ok', reason: 'complete' }
    const { url } = gateway
    if (url === undefined) return [complete, { check: 'host', state: 'skipped', reason: 'it asks no host' }]
    const { ok, reason } = await reach(url, settings.connectTimeoutMs)
    const host: Part = { check: 'host', state: ok ? 'ok' : 'failed', reason }
    if (!ok) return [complete, host]
    const account = await gateway.checkAccount?.(new AbortController().signal)
    if (account === undefined) {
      return [complete, host, { check: 'account', state: 'skipped', reason: 'there is no call that sends nothing' }]
    }
    return [complete, host, accountPart(account), clockPart(account, gateway.clockToleranceMs)]
  } finally {
    gateway.close?.()
  }
}

function accountPart({ call, outcome, reason }: AccountCheck): Part {
  return { check: 'account', state: states[outcome], reason: `${call}: ${reason}` }
}

function clockPart({ serverTime }: AccountCheck, toleranceMs = Infinity): Part {
  if (serverTime === null) return { check: 'clock', state: 'unknown', reason: 'the answer has no Date' }
  const skewMs = Date.now() - serverTime
  const seconds = Math.round(Math.abs(skewMs) / 1000)
  const reason = `this machine is ${seconds} s ${skewMs < 0 ? 'behind' : 'ahead of'} the provider`
  return { check: 'clock', state: Math.abs(skewMs) > Math.min(toleranceMs, noticedSkewMs) ? 'failed' : 'ok', reason }
}
