import { loadPlaces } from '../config/load-places.ts'
import { BrokerKeys } from '../engine/broker/keys.ts'
import { eventExchange, readEventMessage } from '../engine/event-message.ts'
import { connect, ready } from '../redis/connection.ts'
import type { Logger } from '../redis/logger.ts'
import { brokerAddress } from './broker-address.ts'
import { CommandError } from './command-error.ts'
import { DumpView, JsonView, TableView, type EventView } from './event-views.ts'

/** The exit code where nobody can be listened to (EX_UNAVAILABLE of sysexits.h). */
const unavailable = 69

/** How long a server that is there may take to be ready, in milliseconds. */
const longestWaitMs = 5_000

/** Longer messages are not looked at, in bytes. */
const longestMessage = 16_777_216

/** What is shown, and how. */
export interface EventsOptions {
  readonly broker?: string
  readonly dataDir?: string
  readonly dump?: boolean
  readonly json?: boolean
  /** Seconds between two looks of the table. */
  readonly frequency: number
}

/**
 * `lovage events`: shows what workers tell, Lovage's and Celery's, until Ctrl-C, SIGTERM, or q at a terminal. Starts nothing,
 * the embedded Redis neither.
 *
 * @throws CommandError where the broker can not be listened to
 */
export async function watchEvents(options: EventsOptions): Promise<void> {
  const { broker, dataDir } = options
  const places = await loadPlaces({ env: process.env, flags: { broker, dataDir } })
  const address = await brokerAddress(places)
  if (address === null) {
    throw new CommandError('no events to listen to: the embedded Redis does not run', { exitCode: unavailable })
  }
  let view: EventView | null = null
  const { commandTimeoutMs, connectTimeoutMs } = places.redis
  const client = connect(address, {
    name: 'lovage-events',
    role: 'subscriber',
    logger: connectionNotes((text) => view?.note(text)),
    commandTimeoutMs,
    connectTimeoutMs,
  })
  try {
    await ready(client, longestWaitMs)
    const ended = untilEnd()
    view = viewOf(options)
    const receive = receiver(view)
    client.on('pmessageBuffer', (_pattern, _channel, raw: Buffer) => receive(raw))
    await client.psubscribe(new BrokerKeys().topicChannel(eventExchange, client.options.db ?? 0, '*'))
    await ended
  } finally {
    client.disconnect()
    view?.close()
  }
}

function viewOf({ dump, json, frequency }: EventsOptions): EventView {
  const { stdout, stderr } = process
  if (json === true) return new JsonView(stdout, stderr)
  return dump === true || !stdout.isTTY ? new DumpView(stdout, stderr) : new TableView(stdout, frequency * 1000)
}

/** Anybody who reaches the broker may write on the channels: whatever comes, it goes on. */
function receiver(view: EventView): (raw: Uint8Array) => void {
  let saidUnreadable = false
  return (raw) => {
    try {
      if (raw.length > longestMessage) throw new RangeError(`expected at most ${longestMessage} bytes`)
      for (const event of readEventMessage(raw)) view.add(event)
    } catch {
      if (!saidUnreadable) view.note('A message came that can not be read; it and others like it are passed over.')
      saidUnreadable = true
    }
  }
}

/** Resolves at Ctrl-C, SIGTERM, q, or when nobody reads any more what is printed. */
function untilEnd(): Promise<void> {
  const { stdin, stdout } = process
  return new Promise((resolve) => {
    const end = (): void => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end)
      if (stdout.isTTY && stdin.isTTY) stdin.setRawMode(false).pause()
      resolve()
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end)
    stdout.once('error', end)
    if (!stdout.isTTY || !stdin.isTTY) return
    // Then Ctrl-C is a key like q.
    stdin.setRawMode(true).on('data', (keys) => {
      if (/[qQ\x03\x04]/.test(String(keys))) end()
    })
  })
}

/** What happens to the connection, for who looks. */
function connectionNotes(note: (text: string) => void): Logger {
  const say = (fields: object, message: string): void => {
    const { reason } = fields as { reason?: string }
    note(reason === undefined ? `${message}.` : `${message}: ${reason}`)
  }
  return { info: say, warn: say, error: say }
}
