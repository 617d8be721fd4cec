import type { HistoryAnswer, HistoryPercentiles, LivePoint, OutcomeName } from '../../monitor/wire-types.ts'
import type { ChartSeries } from './chart-series.ts'
import type { Texts } from './texts.ts'

export interface ChartData {
  readonly key: string
  readonly title: string
  readonly unit: 'rate' | 'count' | 'duration'
  /** Seconds since 1970. */
  readonly times: readonly number[]
  readonly series: readonly ChartSeries[]
}

/** Lines that are drawn of one chart of queues; more can't be told apart. */
const MOST_QUEUES = 5
const DASHES = [undefined, [6, 3], [2, 2], [10, 3, 2, 3], [4, 4]] as const
/** Outcomes that somebody should look at; those that went well are in the throughput. */
const TROUBLES: readonly OutcomeName[] = ['failed', 'retried', 'revoked', 'expired', 'rejected']

/**
 * Makes the charts of the overview out of history and of what came live since.
 *
 * @param points the live ones, the oldest first; of these, those that the history does not cover yet are put behind it
 */
export function historyCharts(
  history: HistoryAnswer,
  points: readonly LivePoint[],
  texts: Pick<Texts, 'charts' | 'figures' | 'outcomes'>,
): ChartData[] {
  // The last step is not over yet: live points show what is in it.
  const covered = points.length === 0 ? history.times.length : history.times.length - 1
  const end = history.times[covered - 1] ?? 0
  const newer = points.filter(({ time }) => time > end + history.step * 1000)
  const times = history.times.map(toSeconds)
  const timesToNow = [...times.slice(0, covered), ...newer.map(({ time }) => toSeconds(time))]

  function figure(name: 'perSecond' | 'running' | 'waiting' | 'scheduled' | 'retrying' | 'dead'): (number | null)[] {
    return [...history[name].slice(0, covered), ...newer.map((point) => point[name])]
  }
  function percentiles(name: keyof HistoryAnswer['latency'], title: string): ChartData {
    return { key: name, title, unit: 'duration', times, series: percentileSeries(history.latency[name]) }
  }

  return [
    {
      key: 'perSecond',
      title: texts.charts.perSecond,
      unit: 'rate',
      times: timesToNow,
      series: [{ label: texts.figures.perSecond, colour: 1, values: figure('perSecond') }],
    },
    {
      key: 'running',
      title: texts.charts.running,
      unit: 'count',
      times: timesToNow,
      series: [{ label: texts.figures.running, colour: 2, values: figure('running') }],
    },
    {
      key: 'backlog',
      title: texts.charts.backlog,
      unit: 'count',
      times: timesToNow,
      series: [
        { label: texts.figures.waiting, colour: 2, values: figure('waiting') },
        { label: texts.figures.scheduled, colour: 5, values: figure('scheduled'), dash: [6, 3] },
        { label: texts.figures.retrying, colour: 3, values: figure('retrying'), dash: [2, 2] },
        { label: texts.figures.dead, colour: 6, values: figure('dead'), dash: [10, 3, 2, 3] },
      ],
    },
    {
      key: 'oldest',
      title: texts.charts.oldest,
      unit: 'duration',
      times,
      series: history.queues.slice(0, MOST_QUEUES).map(({ name, oldestAge }, index) => ({
        label: name,
        colour: nthColour(index),
        values: oldestAge,
        ...withDash(index),
      })),
    },
    percentiles('wait', texts.charts.wait),
    percentiles('run', texts.charts.run),
    percentiles('total', texts.charts.total),
    {
      key: 'troubles',
      title: texts.charts.troubles,
      unit: 'count',
      times,
      series: TROUBLES.map((name, index) => ({
        label: texts.outcomes[name],
        colour: nthColour(5 - index),
        values: history.outcomes[name].map((number) => (number === null ? null : (number * 60) / history.step)),
        ...withDash(index),
      })),
    },
  ]
}

function percentileSeries({ p50, p95, p99 }: HistoryPercentiles): ChartSeries[] {
  return [
    { label: 'p50', colour: 1, values: p50 },
    { label: 'p95', colour: 2, values: p95, dash: [6, 3] },
    { label: 'p99', colour: 3, values: p99, dash: [2, 2] },
  ]
}

function nthColour(index: number): ChartSeries['colour'] {
  return ((index % 6) + 1) as ChartSeries['colour']
}

function withDash(index: number): Pick<ChartSeries, 'dash'> {
  const dash = DASHES[index % DASHES.length]
  return dash === undefined ? {} : { dash }
}

function toSeconds(ms: number): number {
  return ms / 1000
}
