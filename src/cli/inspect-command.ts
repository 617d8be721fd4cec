import { loadPlaces, type Places } from '../config/load-places.ts'
import { ControlCaller, type ControlCall } from '../engine/broker/control-caller.ts'
import { BrokerKeys } from '../engine/broker/keys.ts'
import { connect, ready } from '../redis/connection.ts'
import { brokerAddress } from './broker-address.ts'
import { CommandError } from './command-error.ts'
import { formatPing } from './inspect-format.ts'

/** Celery's exit code where nobody has replied (EX_UNAVAILABLE of sysexits.h). */
const unavailable = 69

/** How long a server that is there may take to be ready, in milliseconds. */
const longestWaitMs = 5_000

/** Of whom and how it is asked. */
export interface InspectOptions {
  readonly broker?: string
  readonly dataDir?: string
  /** Names with commas. */
  readonly destination?: string
  /** Seconds. */
  readonly timeout: number
  readonly json?: boolean
}

/**
 * `lovage inspect ping`: prints which nodes are there. Starts nothing, the embedded Redis neither.
 *
 * @throws CommandError with exit code 69 where no node replies
 */
export async function inspectPing(options: InspectOptions): Promise<void> {
  const { broker, dataDir, destination, timeout, json } = options
  const places = await loadPlaces({ env: process.env, flags: { broker, dataDir } })
  const names = destination?.split(',').filter((name) => name !== '') ?? null
  const replies = await ask(places, { method: 'ping', destination: names, timeoutMs: timeout * 1000 })
  if (replies.size === 0) throw noneReplied()
  process.stdout.write(json === true ? `${JSON.stringify(Object.fromEntries(replies))}\n` : formatPing(replies))
}

async function ask(places: Places, call: ControlCall): Promise<Map<string, unknown>> {
  const address = await brokerAddress(places)
  if (address === null) throw noneReplied('the embedded Redis does not run')
  const { commandTimeoutMs, connectTimeoutMs } = places.redis
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const client = connect(address, {
    name: 'lovage-inspect',
    role: 'blocking',
    logger: silent,
    commandTimeoutMs,
    connectTimeoutMs,
    // Each wait for a reply takes at most 1 s.
    maxBlockMs: 2_000,
  })
  try {
    await ready(client, longestWaitMs)
    return await new ControlCaller({ redis: client, keys: new BrokerKeys() }).ask(call)
  } finally {
    client.disconnect()
  }
}

function noneReplied(why = ''): CommandError {
  const reason = why === '' ? '' : `: ${why}`
  return new CommandError(`No nodes replied within time constraint${reason}`, { exitCode: unavailable })
}
