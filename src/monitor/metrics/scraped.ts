import { Counter, Gauge, type Registry } from 'prom-client'

/** One figure of a metric. */
export type Sample<Label extends string> = readonly [labels: Readonly<Record<Label, string>>, value: number]

/** One figure, with its type. */
export function sample<Label extends string>(labels: Readonly<Record<Label, string>>, value: number): Sample<Label> {
  return [labels, value]
}

/** A metric that is read where it is counted, when it is asked for. */
export interface ScrapedMetric<Label extends string> {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly Label[]
  readonly read: () => readonly Sample<Label>[] | Promise<readonly Sample<Label>[]>
}

/** Adds a metric whose figures go up and down. */
export function scrapedGauge<Label extends string>(
  registry: Registry,
  { read, ...metric }: ScrapedMetric<Label>,
): Gauge<Label> {
  return new Gauge<Label>({
    ...metric,
    registers: [registry],
    async collect() {
      const samples = await read()
      // Who asks at the same time must not find the figures twice, so nothing is waited for from here on.
      this.reset()
      for (const [labels, value] of samples) this.set(labels, value)
    },
  })
}

/** Adds a metric whose figures only grow while the process lives. */
export function scrapedCounter<Label extends string>(
  registry: Registry,
  { read, ...metric }: ScrapedMetric<Label>,
): Counter<Label> {
  return new Counter<Label>({
    ...metric,
    registers: [registry],
    async collect() {
      const samples = await read()
      this.reset()
      for (const [labels, value] of samples) this.inc(labels, value)
    },
  })
}

/**
 * What several metrics are read from is read once for all of them.
 *
 * @param forMs how long what was read is good for, in milliseconds
 */
export function readTogether<T>(forMs: number, read: () => T): () => T {
  let last: { at: number; value: T } | null = null
  return () => {
    if (last === null || performance.now() - last.at > forMs) last = { at: performance.now(), value: read() }
    return last.value
  }
}
