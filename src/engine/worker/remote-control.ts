import type { ControlChannel } from '../broker/broker.ts'
import { readControlRequest, writeControlReply, type ControlRequest } from '../control-message.ts'
import { messageOf } from '../errors.ts'
import type { LamportClock } from '../lamport-clock.ts'
import type { Logger } from '../logger.ts'
import type { Json } from '../wire-value.ts'
import { controlCommands, type ControlCommand, type ControlledNode } from './control-commands.ts'

/** Longer requests are not looked at, in bytes: reading one holds up everything else. */
const longestRequest = 1_048_576

/** What it works with. */
export interface RemoteControlOptions {
  readonly channel: ControlChannel
  /** The process's clock, shared by all that it sends. */
  readonly clock: LamportClock
  readonly events: ControlledNode['events']
  readonly logger: Logger
  /** Default: all that a node knows. */
  readonly commands?: ReadonlyMap<string, ControlCommand>
}

/**
 * Lets a node be asked and told things while it runs, as Celery's is (`celery inspect`, `celery control`).
 *
 * 1. start: listens on the channel that all nodes share.
 * 2. A request that means this node is carried out, and replied to where a reply is wanted.
 * 3. stop: listens no more.
 *
 * Anybody who reaches the broker may write on the channel: whatever comes, the worker goes on.
 */
export class RemoteControl {
  readonly #channel: ControlChannel
  readonly #clock: LamportClock
  readonly #events: ControlledNode['events']
  readonly #logger: Logger
  readonly #commands: ReadonlyMap<string, ControlCommand>
  #saidUnreadable = false

  constructor({ channel, clock, events, logger, commands = controlCommands }: RemoteControlOptions) {
    this.#channel = channel
    this.#clock = clock
    this.#events = events
    this.#logger = logger
    this.#commands = commands
  }

  /** Begins to listen, however long it takes to get there: nobody waits for it. */
  start(node: string): void {
    const of = { node, clock: this.#clock, events: this.#events }
    void this.#channel.listen(node, (raw) => void this.#receive(raw, of))
  }

  stop(): Promise<void> {
    return this.#channel.close()
  }

  async #receive(raw: Uint8Array, of: ControlledNode): Promise<void> {
    const request = this.#read(raw)
    if (request === null) return
    this.#clock.adjust(request.clock)
    if (request.destination !== null && !request.destination.includes(of.node)) return
    const { ticket, replyTo } = request
    try {
      const reply = this.#carryOut(request, of)
      if (reply === undefined || replyTo === null) return
      const { node } = of
      const text = writeControlReply({ node, reply, ticket, clock: this.#clock.forward() }, replyTo)
      await this.#channel.reply(replyTo, text)
    } catch (error) {
      // The broker is away, which others tell; whoever asked will ask again.
      this.#logger.debug({ error: messageOf(error) }, 'a reply to remote control could not be sent')
    }
  }

  #carryOut({ method, arguments: given }: ControlRequest, of: ControlledNode): Json | undefined {
    const command = this.#commands.get(method)
    if (command === undefined) return { error: 'No such control command' }
    try {
      return command(given, of)
    } catch (error) {
      return { error: messageOf(error) }
    }
  }

  /** null: it means nothing to this node. The first that can't be read is told, the others only to who looks for a fault. */
  #read(raw: Uint8Array): ControlRequest | null {
    try {
      if (raw.length > longestRequest) throw new RangeError(`expected at most ${longestRequest} bytes`)
      return readControlRequest(raw)
    } catch (error) {
      const level = this.#saidUnreadable ? 'debug' : 'warn'
      this.#saidUnreadable = true
      this.#logger[level]({ error: messageOf(error) }, 'a request of remote control can not be read')
      return null
    }
  }
}
