import { BrokerKeys } from '../engine/broker/keys.ts'
import { eventExchange, readEventMessage } from '../engine/event-message.ts'
import { connectToBroker } from './broker-connection.ts'
import { CommandError } from './command-error.ts'
import { connectionNotes } from './connection-notes.ts'
import { DumpView, JsonView, TableView, type EventView } from './event-views.ts'

/** Longer messages are not looked at, in bytes. */
const longestMessage = 16_777_216

const signals = ['SIGINT', 'SIGTERM'] as const

/** q, and as a key Ctrl-C and Ctrl-D. */
const endingKeys = ['q', 'Q', '\x03', '\x04']

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
  let view: EventView | null = null
  let ending: Ending | null = null
  const logger = connectionNotes((text) => view?.note(text))
  const client = await connectToBroker(options, { name: 'lovage-events', role: 'subscriber', logger })
  if (client === null) {
    throw new CommandError('no events to listen to: the embedded Redis does not run', { exit: 'unavailable' })
  }
  try {
    const isTable = options.dump !== true && options.json !== true && process.stdout.isTTY
    ending = new Ending({ byKey: isTable && process.stdin.isTTY })
    view = isTable ? new TableView(process.stdout, options.frequency * 1000) : linesOf(options)
    const receive = receiver(view)
    client.on('pmessageBuffer', (_pattern, _channel, raw: Buffer) => receive(raw))
    await client.psubscribe(new BrokerKeys().topicChannel(eventExchange, client.options.db ?? 0, '*'))
    await ending.come
  } finally {
    client.disconnect()
    view?.close()
    ending?.close()
  }
}

function linesOf({ json }: EventsOptions): EventView {
  const { stdout, stderr } = process
  return json === true ? new JsonView(stdout, stderr) : new DumpView(stdout, stderr)
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

/**
 * Waits for the end: Ctrl-C or SIGTERM, or nobody reads any more what is printed.
 *
 * @param byKey q, too: keys are read as they are pressed
 */
class Ending {
  readonly come: Promise<void>
  readonly #byKey: boolean
  #end = (): void => {}
  readonly #onKeys = (keys: Buffer): void => {
    if (endingKeys.some((key) => keys.includes(key))) this.#end()
  }

  constructor({ byKey }: { readonly byKey: boolean }) {
    this.#byKey = byKey
    this.come = new Promise((resolve) => (this.#end = resolve))
    for (const signal of signals) process.on(signal, this.#end)
    process.stdout.on('error', this.#end)
    if (byKey) process.stdin.setRawMode(true).on('data', this.#onKeys)
  }

  /** Lets signals and keys be what they were. */
  close(): void {
    for (const signal of signals) process.off(signal, this.#end)
    if (this.#byKey) process.stdin.off('data', this.#onKeys).setRawMode(false).pause()
  }
}
