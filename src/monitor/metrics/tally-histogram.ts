import type { Histogram, Registry } from 'prom-client'
import { countIn, histogramBoundsMs, type HistogramSnapshot } from '../../engine/index.ts'

/** Of the bounds that are counted by, these are shown: three a decade, from 1 ms to 10,000 s. */
const shown = histogramBoundsMs.flatMap((bound, index) =>
  /^(?:1|25|5)0*$/.test(String(bound).replace('.', '')) && bound >= 1 && bound <= 1e7 ? [{ bound, index }] : [],
)

/** A histogram that is kept elsewhere, by task. */
export interface TallyHistogramOptions {
  readonly name: string
  readonly help: string
  readonly read: () => Iterable<readonly [task: string, snapshot: HistogramSnapshot]>
}

interface Value {
  readonly metricName: string
  readonly labels: { readonly task: string; readonly le?: number | string }
  readonly value: number
}

/**
 * Adds a histogram whose counts are copied when it is asked for. prom-client's own takes one value at a time, and its `collect` has no way to
 * set counts: so this stands in its place, with what a registry uses of a metric.
 */
export function addTallyHistogram(registry: Registry, { name, help, read }: TallyHistogramOptions): void {
  const get = async (): Promise<object> => ({
    name,
    help,
    type: 'histogram',
    aggregator: 'sum',
    values: [...read()].flatMap(([task, snapshot]) => valuesOf(name, task, snapshot)),
  })
  registry.registerMetric({ name, help, get } as unknown as Histogram)
}

/** Prometheus counts with each bound all that does not exceed it. */
function valuesOf(name: string, task: string, snapshot: HistogramSnapshot): Value[] {
  const bucket = `${name}_bucket`
  const values: Value[] = []
  let counted = 0
  let next = 0
  for (const { bound, index } of shown) {
    for (; next <= index; next += 1) counted += snapshot.counts[next] ?? 0
    values.push({ metricName: bucket, labels: { task, le: bound / 1000 }, value: counted })
  }
  const count = countIn(snapshot)
  values.push({ metricName: bucket, labels: { task, le: '+Inf' }, value: count })
  values.push({ metricName: `${name}_sum`, labels: { task }, value: snapshot.sumMs / 1000 })
  values.push({ metricName: `${name}_count`, labels: { task }, value: count })
  return values
}
