import { randomInt, randomUUID } from 'node:crypto'
import { loadWithoutSecrets } from '../config/load-settings.ts'
import { SmsError } from '../sms/errors.ts'
import type { SmsFailure, SmsMessage } from '../sms/gateway.ts'
import { maskMobile } from '../sms/mask.ts'
import { SmsRoute, type Routed } from '../sms/route.ts'
import { CommandError } from './command-error.ts'
import { confirm } from './confirm.ts'
import type { ExitName } from './exit-codes.ts'
import { gatewaySettings } from './sms-settings.ts'
import { printable, printableJson } from './terminal-text.ts'

/** Who gets it, and through whom. */
export interface SmsSendOptions {
  readonly to: string
  /** Names with commas. */
  readonly gateway?: string
  readonly yes?: boolean
  readonly json?: boolean
}

/**
 * `lovage sms send`: sends a code that nobody asked for, as the service sends codes, and tells what the gateway said.
 *
 * @throws SettingsError naming what a gateway lacks; CommandError where it was not accepted
 */
export async function smsSend({ to, gateway, yes, json }: SmsSendOptions): Promise<void> {
  const { sms, codes } = loadWithoutSecrets({ env: process.env, flags: { smsGateways: gateway } })
  const settings = gatewaySettings({ sms })
  const mobile = maskMobile(to)
  const question = `This sends a real SMS to ${mobile} through ${settings.gateways.join(', ')}. It may cost money. Send?`
  if (yes !== true && !(await confirm(question, undefined, '--yes'))) {
    return void process.stdout.write('nothing sent\n')
  }
  const message: SmsMessage = {
    mobile: to,
    code: String(randomInt(1_000_000)).padStart(6, '0'),
    validMinutes: Math.ceil(codes.ttlSeconds / 60),
    requestId: randomUUID(),
  }
  const route = new SmsRoute(settings)
  try {
    const routed = await send(route, message)
    process.stdout.write(json === true ? `${printableJson(jsonOf(routed, mobile))}\n` : textOf(routed, mobile))
    const { result } = routed
    if (result.class !== 'accepted') throw new CommandError(`not sent to ${mobile}`, { exit: exitOf(result) })
  } finally {
    route.close()
  }
}

async function send(route: SmsRoute, message: SmsMessage): Promise<Routed> {
  try {
    return await route.send(message, new AbortController().signal)
  } catch (error) {
    // What was typed, without showing it.
    if (error instanceof SmsError) throw new CommandError(error.message, { exit: 'usage', cause: error })
    throw error
  }
}

function textOf({ gateway, result }: Routed, mobile: string): string {
  const { providerCode = '' } = result
  const said = result.class === 'accepted' ? providerCode : `${providerCode}: ${result.reason}`
  const open = 'maybeSent' in result ? ' (it may have been sent)' : ''
  return printable(`${gateway.name}: ${mobile}: ${result.class}${open}${said === '' ? '' : `: ${said}`}`) + '\n'
}

function jsonOf({ gateway, result }: Routed, mobile: string): object {
  return { gateway: gateway.name, mobile, ...result }
}

/** A gateway that could not be connected to is not there; one that asks to be left alone is, but not yet. */
function exitOf({ class: failureClass, providerCode, maybeSent }: SmsFailure): ExitName {
  if (failureClass === 'configuration') return 'configuration'
  if (failureClass === 'recipient' || maybeSent === true) return 'failed'
  return failureClass === 'transient' && /^(?:E[A-Z_]+|CONNECT_TIMEOUT|TIMEOUT)$/.test(providerCode)
    ? 'unavailable'
    : 'notYet'
}
