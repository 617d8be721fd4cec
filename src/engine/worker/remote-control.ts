import type { ControlChannel } from '../broker/broker.ts'
import { readControlRequest, writeControlReply, type ControlRequest } from '../control-message.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { meansNode } from '../node-pattern.ts'
import { controlCommands } from './control-commands.ts'
import type { ControlCommand, ControlledNode, ControlReply } from './controlled-node.ts'

/** Longer requests are not looked at, in bytes: reading one holds up everything else. */
const longestRequest = 1_048_576

/**
 * A request that is older than its sender's patience by so much is not carried out, in milliseconds. Clocks of two machines may
 * differ, and Celery does not look at all; but a process that was stopped for an hour must not do then what nobody waits for any
 * more.
 */
const lenienceMs = 600_000

/** What it works with. */
export interface RemoteControlOptions {
  readonly channel: ControlChannel
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
  readonly #logger: Logger
  readonly #commands: ReadonlyMap<string, ControlCommand>
  readonly #warned = new Set<string>()

  constructor({ channel, logger, commands = controlCommands }: RemoteControlOptions) {
    this.#channel = channel
    this.#logger = logger
    this.#commands = commands
  }

  /** Begins to listen, however long it takes to get there: nobody waits for it. */
  start(of: ControlledNode): void {
    void this.#channel.listen(of.node, (raw) => void this.#receive(raw, of))
  }

  stop(): Promise<void> {
    return this.#channel.close()
  }

  async #receive(raw: Uint8Array, of: ControlledNode): Promise<void> {
    const request = this.#read(raw)
    if (request === null) return
    const { node, clock } = of
    clock.adjust(request.clock)
    if (!means(request, node) || this.#isOver(request)) return
    const { ticket, replyTo } = request
    try {
      // Not awaited where there is nothing to wait for: what was asked first is answered first.
      const carriedOut = this.#carryOut(request, of)
      const reply = carriedOut instanceof Promise ? await carriedOut : carriedOut
      if (reply === undefined || replyTo === null) return
      const text = writeControlReply({ node, reply, ticket, clock: clock.forward() }, replyTo)
      await this.#channel.reply(replyTo, text)
    } catch (error) {
      // The broker is away, which others tell; whoever asked will ask again.
      this.#logger.debug({ error: messageOf(error) }, 'a reply to remote control could not be sent')
    }
  }

  #carryOut({ method, arguments: given }: ControlRequest, of: ControlledNode): ControlReply | Promise<ControlReply> {
    const command = this.#commands.get(method)
    if (command === undefined) return { error: 'No such control command' }
    try {
      const carriedOut = command(given, of)
      return carriedOut instanceof Promise ? carriedOut.catch(asReply) : carriedOut
    } catch (error) {
      return asReply(error)
    }
  }

  /** null: it means nothing to this node. */
  #read(raw: Uint8Array): ControlRequest | null {
    try {
      if (raw.length > longestRequest) throw new RangeError(`expected at most ${longestRequest} bytes`)
      return readControlRequest(raw)
    } catch (error) {
      this.#warn({ error: messageOf(error) }, 'a request of remote control can not be read')
      return null
    }
  }

  #isOver({ method, expiresAt }: ControlRequest): boolean {
    const lateMs = expiresAt === null ? 0 : Date.now() - expiresAt
    if (lateMs <= lenienceMs) return false
    const seconds = Math.round(lateMs / 1000)
    this.#warn({ method: method.slice(0, 40), seconds }, 'a request of remote control is too old, or a clock is wrong')
    return true
  }

  /** The first of each kind is told, the others only to who looks for a fault: anybody may send very many. */
  #warn(fields: object, message: string): void {
    const level = this.#warned.has(message) ? 'debug' : 'warn'
    this.#warned.add(message)
    this.#logger[level](fields, message)
  }
}

function means({ destination, pattern }: ControlRequest, node: string): boolean {
  if (destination !== null) return destination.includes(node)
  return pattern === null || meansNode(node, pattern)
}

function asReply(error: unknown): { error: string } {
  return { error: messageOf(error) }
}
