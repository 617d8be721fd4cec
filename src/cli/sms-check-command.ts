import { loadWithoutSecrets } from '../config/load-settings.ts'
import { checkGateway, type GatewayCheck } from '../sms/check-gateway.ts'
import { CommandError } from './command-error.ts'
import type { ExitName } from './exit-codes.ts'
import { gatewaySettings } from './sms-settings.ts'
import { fit, printable, printableJson } from './terminal-text.ts'

/** Which gateways are looked at, and how it is told. */
export interface SmsCheckOptions {
  /** Names with commas. */
  readonly gateway?: string
  readonly json?: boolean
}

/**
 * `lovage sms check`: a line for each thing that was looked at. Sends no message.
 *
 * @throws SettingsError naming what a gateway lacks; CommandError where one could not send
 */
export async function smsCheck({ gateway, json }: SmsCheckOptions): Promise<void> {
  const settings = gatewaySettings(loadWithoutSecrets({ env: process.env, flags: { smsGateways: gateway } }))
  const checks = (await Promise.all(settings.gateways.map((name) => checkGateway(name, settings)))).flat()
  const lines = checks.map(lineOf).join('')
  process.stdout.write(json === true ? `${printableJson({ checks })}\n` : lines)
  const exit = exitOf(checks)
  if (exit === null) return
  const names = new Set(checks.filter(isWrong).map(({ gateway: name }) => name))
  throw new CommandError(`something is wrong with ${[...names].join(', ')}`, { exit })
}

function lineOf({ gateway, check, state, reason }: GatewayCheck): string {
  return `${fit(gateway, 12)}${fit(check, 10)}${fit(state, 9)}${printable(reason)}\n`
}

function isWrong({ state }: GatewayCheck): boolean {
  return state === 'failed' || state === 'unknown'
}

/** What is to be mended comes before what may pass. null: nothing is wrong. */
function exitOf(checks: readonly GatewayCheck[]): ExitName | null {
  const wrong = checks.filter(isWrong)
  if (wrong.length === 0) return null
  return wrong.some(({ check, state }) => state === 'failed' && check !== 'host') ? 'configuration' : 'unavailable'
}
