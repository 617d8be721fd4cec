import type uPlot from 'uplot'
import { roundUpScale } from './chart-scale.ts'
import type { ChartSeries } from './chart-series.ts'

export interface ChartSettings {
  /** Pixels. */
  readonly width: number
  readonly height: number
  readonly series: readonly ChartSeries[]
  readonly write: (value: number) => string
  /** Whether values are whole numbers: then only such are written at the scale. */
  readonly whole: boolean
  /** @param seconds since 1970 */
  readonly writeTime: (seconds: number) => string
  /** What is shown, in seconds since 1970. */
  readonly range: () => [number, number]
  /** Told when the cursor moves; `undefined` when it leaves. Also when it moves in another chart of the page. */
  readonly pointed: (index: number | undefined) => void
}

/** All charts of the page point at the same time. */
const SYNC = 'monitor'

const FONT = '12px system-ui, sans-serif'
/** So wide that "1,000,000" and "3 min 20 s" fit: the picture does not move when the scale changes. */
const VALUES_WIDTH = 72
const TIMES_HEIGHT = 24

/** What uPlot is to draw: lines on one scale that begins at zero, no legend, no zoom. */
export function chartOptions(settings: ChartSettings): uPlot.Options {
  const muted = colour('--muted')
  const grid = { stroke: colour('--hairline'), width: 1 }
  return {
    width: settings.width,
    height: settings.height,
    legend: { show: false },
    cursor: { sync: { key: SYNC, setSeries: false }, drag: { x: false, y: false, setScale: false }, y: false },
    scales: {
      x: { time: true, range: () => settings.range() },
      y: { range: (_chart, _least, most) => [0, roundUpScale(most)] },
    },
    axes: [
      {
        stroke: muted,
        font: FONT,
        size: TIMES_HEIGHT,
        gap: 4,
        space: 64,
        grid: { show: false },
        ticks: { ...grid, size: 4 },
        values: (_chart, splits) => splits.map(settings.writeTime),
      },
      {
        stroke: muted,
        font: FONT,
        size: VALUES_WIDTH,
        gap: 6,
        space: 32,
        grid,
        ticks: { show: false },
        values: (_chart, splits) =>
          splits.map((value) => (settings.whole && !Number.isInteger(value) ? '' : settings.write(value))),
      },
    ],
    series: [
      {},
      ...settings.series.map(({ label, colour: number, dash }) => ({
        label,
        stroke: colour(`--line-${number}`),
        width: 1.5,
        points: { size: 3 },
        ...(dash !== undefined && { dash: [...dash] }),
      })),
    ],
    hooks: { setCursor: [({ cursor }) => settings.pointed(cursor.idx ?? undefined)] },
  }
}

function colour(variable: string): string {
  return getComputedStyle(document.body).getPropertyValue(variable).trim()
}
