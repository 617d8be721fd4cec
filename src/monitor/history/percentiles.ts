import { quantileMs } from '../../engine/histogram.ts'
import type { Latency, Percentiles } from '../wire-types.ts'
import type { TaskStep } from './step.ts'

/** @param counts of the buckets of one of the engine's histograms */
export function percentiles(counts: Float64Array): Percentiles {
  const count = counts.reduce((sum, each) => sum + each, 0)
  const quantile = (part: number): number | null => quantileMs({ counts, sumMs: 0 }, part)
  return { count, p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) }
}

export function latencyOf({ wait, run, total }: TaskStep): Latency {
  return { wait: percentiles(wait), run: percentiles(run), total: percentiles(total) }
}
