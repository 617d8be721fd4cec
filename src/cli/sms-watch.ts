import type { Logger } from '../engine/index.ts'
import type { BreakerState, GatewayFigures, HealthBoard } from '../sms/health-board.ts'

/** How often is looked for a breaker that has changed, in milliseconds. */
const lookMs = 1_000

/** After so many looks the figures of gateways that had something to do go into the log. */
const looksPerReport = 60

const told: Readonly<Record<BreakerState, string>> = {
  open: 'SMS gateway fails: it is passed over',
  probing: 'SMS gateway is tried again',
  closed: 'SMS gateway works again',
}

/**
 * Tells the log what becomes of the gateways: threads only write figures.
 *
 * 1. look, each second: a breaker that has changed is told of at once, with its figures.
 * 2. report, each minute: one line for each gateway that had messages since.
 * 3. close: a last report.
 */
export class GatewayWatch {
  readonly #board: HealthBoard
  readonly #logger: Pick<Logger, 'info' | 'warn'>
  readonly #states = new Map<string, BreakerState>()
  readonly #reported = new Map<string, number>()
  readonly #clock: NodeJS.Timeout
  #looks = 0

  constructor(board: HealthBoard, logger: Pick<Logger, 'info' | 'warn'>) {
    this.#board = board
    this.#logger = logger
    this.#clock = setInterval(() => this.look(), lookMs).unref()
  }

  look(): void {
    for (const figures of this.#board.figures()) {
      const before = this.#states.get(figures.gateway) ?? 'closed'
      this.#states.set(figures.gateway, figures.breaker)
      if (before === figures.breaker) continue
      if (figures.breaker === 'open') this.#logger.warn(fieldsOf(figures), told.open)
      else this.#logger.info(fieldsOf(figures), told[figures.breaker])
    }
    this.#looks += 1
    if (this.#looks % looksPerReport === 0) this.report()
  }

  report(): void {
    for (const figures of this.#board.figures()) {
      if ((this.#reported.get(figures.gateway) ?? 0) === figures.attempts) continue
      this.#reported.set(figures.gateway, figures.attempts)
      this.#logger.info(fieldsOf(figures), 'SMS gateway')
    }
  }

  close(): void {
    clearInterval(this.#clock)
    this.report()
  }
}

/** The stable shape of all these lines. */
function fieldsOf(figures: GatewayFigures): { smsGateway: GatewayFigures } {
  return { smsGateway: figures }
}
