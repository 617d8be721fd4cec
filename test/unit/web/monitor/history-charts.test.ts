import { expect } from 'chai'
import { outcomeNames } from '../../../../src/monitor/history/step.ts'
import type { HistoryAnswer, HistoryColumn, LivePoint } from '../../../../src/monitor/wire-types.ts'
import { historyCharts } from '../../../../src/web/monitor/history-charts.ts'
import { texts } from '../../../../src/web/monitor/texts.ts'

/** Three steps of 10 s from 100 s on; `first` is the first value of each column. */
function history(first = 1): HistoryAnswer {
  const column: HistoryColumn = [first, null, first + 2]
  const percentiles = { p50: column, p95: column, p99: column }
  return {
    step: 10,
    times: [100_000, 110_000, 120_000],
    perSecond: column,
    outcomes: Object.fromEntries(outcomeNames.map((name) => [name, column])) as HistoryAnswer['outcomes'],
    latency: { wait: percentiles, run: percentiles, total: percentiles },
    waiting: column,
    scheduled: column,
    retrying: column,
    dead: column,
    oldestAge: column,
    running: column,
    processes: column,
    tasks: [],
    queues: Array.from({ length: 7 }, (_, index) => ({ name: `q${index}`, waiting: column, oldestAge: column })),
  }
}

function point(time: number, value: number): LivePoint {
  return { time, perSecond: value, waiting: value, running: value, scheduled: value, retrying: value, dead: value }
}

describe("the overview's charts", () => {
  it('show the history in seconds, with gaps where nobody was there', () => {
    const charts = historyCharts(history(), [], texts)
    expect(charts.map(({ key }) => key)).to.deep.equal([
      'perSecond',
      'running',
      'backlog',
      'oldest',
      'wait',
      'run',
      'total',
      'troubles',
    ])
    expect(charts[0]?.times).to.deep.equal([100, 110, 120])
    expect(charts[0]?.series[0]?.values).to.deep.equal([1, null, 3])
    for (const { times, series } of charts) {
      for (const { values } of series) expect(values).to.have.lengthOf(times.length)
    }
  })

  it('put live points in the place of the step that is not over', () => {
    const [perSecond, , , , wait] = historyCharts(
      history(),
      [point(109_000, 8), point(121_000, 9), point(122_000, 10)],
      texts,
    )
    expect(perSecond?.times).to.deep.equal([100, 110, 121, 122])
    expect(perSecond?.series[0]?.values).to.deep.equal([1, null, 9, 10])
    expect(wait?.times).to.deep.equal([100, 110, 120])
  })

  it('show what did not go well per minute, whatever the steps', () => {
    const troubles = historyCharts(history(), [], texts).at(-1)
    expect(troubles?.series[0]?.values).to.deep.equal([6, null, 18])
  })

  it('show live points alone while there is no history', () => {
    const none = {
      ...history(),
      times: [],
      perSecond: [],
      running: [],
      waiting: [],
      scheduled: [],
      retrying: [],
      dead: [],
    }
    const [perSecond] = historyCharts(none, [point(121_000, 9)], texts)
    expect([perSecond?.times, perSecond?.series[0]?.values]).to.deep.equal([[121], [9]])
  })

  it('show five queues, and no two lines of a chart alike', () => {
    for (const { key, series } of historyCharts(history(), [], texts)) {
      const looks = series.map(({ colour, dash }) => `${colour} ${String(dash)}`)
      expect(new Set(looks).size, key).to.equal(series.length)
      const dashes = series.map(({ dash }) => String(dash))
      expect(new Set(dashes).size, key).to.equal(series.length)
      if (key === 'oldest') expect(series.map(({ label }) => label)).to.deep.equal(['q0', 'q1', 'q2', 'q3', 'q4'])
    }
  })
})
