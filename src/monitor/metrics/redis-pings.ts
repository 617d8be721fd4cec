import { Counter, Histogram, type Registry } from 'prom-client'

/** How often each is asked, in milliseconds. */
const pingMs = 1_000

/** Bounds of the buckets, in seconds: from a socket of this machine to a server that is about to be given up. */
const buckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** What is asked: a connection that commands go over. */
export interface Pinged {
  ping(): Promise<unknown>
}

/** Measures round trips to Redis on the connections that are used for commands, so with what waits on them. */
export class RedisPings {
  readonly #clients: ReadonlyMap<string, Pinged>
  readonly #roundTrips: Histogram<'use'>
  readonly #unanswered: Counter<'use'>
  readonly #clock: NodeJS.Timeout
  /** Those that have not been answered yet: one at a time. */
  readonly #waiting = new Set<string>()

  /** @param clients by what they are used for */
  constructor(registry: Registry, clients: ReadonlyMap<string, Pinged>) {
    this.#clients = clients
    this.#roundTrips = new Histogram({
      name: 'lovage_redis_round_trip_seconds',
      help: 'Time of a PING, once a second, by what the connection is used for',
      labelNames: ['use'],
      buckets,
      registers: [registry],
    })
    this.#unanswered = new Counter({
      name: 'lovage_redis_unanswered_total',
      help: 'PINGs without an answer: Redis was away, or took too long',
      labelNames: ['use'],
      registers: [registry],
    })
    for (const use of clients.keys()) {
      this.#roundTrips.zero({ use })
      this.#unanswered.inc({ use }, 0)
    }
    this.#clock = setInterval(() => void this.ping(), pingMs).unref()
  }

  /** Asks all of them once. Never rejects. */
  async ping(): Promise<void> {
    await Promise.all([...this.#clients].map(([use, client]) => this.#ping(use, client)))
  }

  close(): void {
    clearInterval(this.#clock)
  }

  async #ping(use: string, client: Pinged): Promise<void> {
    if (this.#waiting.has(use)) return
    this.#waiting.add(use)
    const since = performance.now()
    try {
      await client.ping()
      this.#roundTrips.observe({ use }, (performance.now() - since) / 1000)
    } catch {
      this.#unanswered.inc({ use })
    } finally {
      this.#waiting.delete(use)
    }
  }
}
