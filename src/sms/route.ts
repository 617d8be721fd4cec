import { Breaker, monotonicNow, type MonotonicClock } from './breaker.ts'
import { checkMessage } from './check-message.ts'
import type { SmsFailure, SmsGateway, SmsMessage, SmsResult, SmsSettings } from './gateway.ts'
import { HealthBoard, type GatewayFigures, type HealthRow } from './health-board.ts'
import { openGateway } from './open-gateway.ts'

/** After so many milliseconds no further gateway is tried: what the next try may take must fit into the task's time, too. */
const longestSearchMs = 4_000

/** A gateway with its breaker and its figures. */
interface Stop {
  readonly gateway: SmsGateway
  readonly breaker: Breaker
  readonly row: HealthRow
}

/** A message that a gateway did not take. */
interface Refusal {
  readonly stop: Stop
  readonly failure: SmsFailure
}

/** What became of a message, and with whom. */
export interface Routed {
  /** The gateway that had the last word. */
  readonly gateway: Pick<SmsGateway, 'name' | 'idempotent'>
  readonly result: SmsResult
}

/** What a route works with, beside its settings. */
export interface RouteParts {
  readonly open?: typeof openGateway
  /** For breakers. */
  readonly now?: MonotonicClock
}

/**
 * Sends each message through the first gateway that is in order, else through the next.
 *
 * 1. Those whose breaker is open are passed over. Where all are, the one that is to be tried next gets the message: a breaker
 *    chooses, and keeps nobody from being sent.
 * 2. The message goes on to the next gateway only when this one has certainly not sent it: there was no connection, or it said so.
 *    An answer that did not come ends it: another gateway might send the message a second time. So does a number that gets no messages,
 *    or no more of them: that is not the gateway's fault.
 * 3. One that may be with a gateway already is pinned to it: it goes there or nowhere.
 */
export class SmsRoute {
  readonly #stops: readonly Stop[]
  readonly #board: HealthBoard
  readonly #now: MonotonicClock

  /** @throws what `openGateway` throws */
  constructor(settings: SmsSettings, { open = openGateway, now = monotonicNow }: RouteParts = {}) {
    const { gateways, breaker, health } = settings
    this.#now = now
    this.#board = new HealthBoard(gateways, health)
    this.#stops = gateways.map((name, index) => {
      const row = this.#board.row(index)
      return { gateway: open(name, settings), breaker: new Breaker(row, breaker, now), row }
    })
  }

  /** Whether any message may be sent again that was cut off, whoever had it: only where there is one gateway, and it can tell. */
  get idempotent(): boolean {
    const [first, ...others] = this.#stops
    return first?.gateway.idempotent === true && others.length === 0
  }

  get figures(): GatewayFigures[] {
    return this.#board.figures()
  }

  /**
   * @param pin name of the gateway that may have sent it; null: nobody has
   * @throws the signal's reason when aborted, SmsError SMS_MESSAGE_INVALID
   */
  async send(message: SmsMessage, signal: AbortSignal, pin: string | null = null): Promise<Routed> {
    signal.throwIfAborted()
    checkMessage(message)
    if (pin !== null) return this.#sendPinned(message, signal, pin)
    const giveUpAt = this.#now() + longestSearchMs
    const refusals: Refusal[] = []
    const passed: Stop[] = []
    for (const stop of this.#stops) {
      if (refusals.length > 0 && this.#now() >= giveUpAt) break
      if (!stop.breaker.enter()) {
        passed.push(stop)
        stop.row.count('passedOver')
        continue
      }
      const result = await sendThrough(stop, message, signal)
      if (!isOthersTurn(result)) return { gateway: stop.gateway, result: withEarlier(result, refusals) }
      refusals.push({ stop, failure: result })
    }
    if (refusals.length > 0) return summary(refusals, passed)
    const soonest = passed.toSorted((a, b) => a.breaker.opensInMs - b.breaker.opensInMs)[0]
    if (soonest === undefined) throw new RangeError('sms.gateways: expected at least one, came none')
    return { gateway: soonest.gateway, result: await sendThrough(soonest, message, signal) }
  }

  close(): void {
    for (const { gateway } of this.#stops) gateway.close?.()
  }

  async #sendPinned(message: SmsMessage, signal: AbortSignal, pin: string): Promise<Routed> {
    const stop = this.#stops.find(({ gateway }) => gateway.name === pin)
    if (stop !== undefined) return { gateway: stop.gateway, result: await sendThrough(stop, message, signal) }
    const reason = `it may have been sent by ${pin}, which is no longer among the gateways`
    const result = { class: 'transient', providerCode: 'GATEWAY_GONE', reason, maybeSent: true } as const
    return { gateway: { name: pin, idempotent: false }, result }
  }
}

async function sendThrough(
  { gateway, breaker, row }: Stop,
  message: SmsMessage,
  signal: AbortSignal,
): Promise<SmsResult> {
  row.count('attempts')
  try {
    const result = await gateway.send(message, signal)
    row.note(result, Date.now())
    if (result.class === 'accepted') breaker.succeeded()
    else if (result.unasked === true) breaker.undecided()
    else if (result.class === 'transient' || result.class === 'configuration') breaker.failed()
    else breaker.succeeded()
    return result
  } catch (error) {
    row.note({ class: 'transient', maybeSent: true }, Date.now())
    breaker.failed()
    throw error
  }
}

/** Whether the next gateway may have the message. */
function isOthersTurn(result: SmsResult): result is SmsFailure {
  if (result.class === 'accepted' || result.maybeSent === true) return false
  return result.class === 'transient' || result.class === 'configuration'
}

/** Says of a failure what others had said before it. */
function withEarlier(result: SmsResult, refusals: readonly Refusal[]): SmsResult {
  if (result.class === 'accepted' || refusals.length === 0) return result
  return { ...result, reason: `${result.reason} (before: ${refusals.map(described).join('; ')})` }
}

/** Nobody took it. It is worth another try unless all of them need a person's help. */
function summary(refusals: readonly Refusal[], passed: readonly Stop[]): Routed {
  const last = refusals[refusals.length - 1] as Refusal
  const { gateway } = last.stop
  if (refusals.length === 1 && passed.length === 0) return { gateway, result: last.failure }
  const hopeless =
    refusals.every(({ failure }) => failure.class === 'configuration') &&
    passed.every(({ row }) => row.lastError === 'configuration')
  const out = passed.map(({ gateway: { name } }) => `${name}: passed over, as it has failed before`)
  const earlier = [...refusals.slice(0, -1).map(described), ...out].join('; ')
  const reason = `${last.failure.reason} (before: ${earlier})`
  const { providerCode } = last.failure
  return { gateway, result: { class: hopeless ? 'configuration' : 'transient', providerCode, reason } }
}

function described({ stop, failure }: Refusal): string {
  return `${stop.gateway.name}: ${failure.providerCode}: ${failure.reason}`
}
