import { expect } from 'chai'
import { Registry } from 'prom-client'
import { RunTally } from '../../../../src/engine/worker/run-tally.ts'
import { addTaskMetrics } from '../../../../src/monitor/metrics/task-metrics.ts'
import { parsePrometheusText, valueOf, type MetricFamily } from '../../../support/prometheus-text.ts'
import { aMessage } from '../../engine/a-message.ts'

const now = 1_800_000_000_000

describe('metrics of tasks', () => {
  async function read(tally: RunTally, tasks: string[] = ['proj.add']): Promise<Map<string, MetricFamily>> {
    const registry = new Registry()
    addTaskMetrics(registry, { tally: () => tally.snapshot(), tasks: new Set(tasks) })
    return parsePrometheusText(await registry.metrics())
  }

  it('show the tasks of the catalogue from the beginning, others once something has become of them', async () => {
    const tally = new RunTally()
    for (const name of ['proj.add', 'celery.map', 'celery.ping']) tally.of(name)
    tally.of('celery.map').refused('expired')
    const families = await read(tally)
    const { series = [] } = families.get('lovage_task_runs_total') ?? {}
    expect([...new Set(series.map(({ labels }) => labels['task']))]).to.deep.equal(['proj.add', 'celery.map'])
    expect(valueOf(families, 'lovage_task_runs_total', { task: 'proj.add', outcome: 'succeeded' })).to.equal(0)
    expect(valueOf(families, 'lovage_task_runs_total', { task: 'celery.map', outcome: 'expired' })).to.equal(1)
  })

  it('show what the tally says, in seconds', async () => {
    const tally = new RunTally()
    const add = tally.of('proj.add')
    const message = aMessage({ sentAt: now - 4_000, queuedAt: now - 4_000 })
    add.ran(message, { kind: 'success', result: 1, runtimeMs: 2_000 }, { kind: 'succeed' }, now)
    const error = { type: 'Oops', message: 'it broke', stack: null }
    add.ran(message, null, { kind: 'fail', error, deadLetter: true }, now)
    tally.setAside('unknown')
    const families = await read(tally)
    const of = (name: string, labels: Record<string, string> = {}): number =>
      valueOf(families, name, { task: 'proj.add', ...labels })
    expect(of('lovage_task_runs_total', { outcome: 'succeeded' })).to.equal(1)
    expect(of('lovage_task_runs_total', { outcome: 'failed' })).to.equal(1)
    expect(of('lovage_task_dead_letters_total')).to.equal(1)
    expect(valueOf(families, 'lovage_foreign_messages_total', { kind: 'unknown' })).to.equal(1)
    expect(valueOf(families, 'lovage_foreign_messages_total', { kind: 'unreadable' })).to.equal(0)
    for (const [name, seconds, below, from] of [
      ['lovage_task_wait_seconds', 2, '1', '2.5'],
      ['lovage_task_run_seconds', 2, '1', '2.5'],
      ['lovage_task_end_to_end_seconds', 4, '2.5', '5'],
    ] as const) {
      expect([of(`${name}_sum`), of(`${name}_count`)], name).to.deep.equal([seconds, 1])
      expect([of(`${name}_bucket`, { le: below }), of(`${name}_bucket`, { le: from })], name).to.deep.equal([0, 1])
    }
  })

  it('have three bounds a decade, from 1 ms to 10,000 s', async () => {
    const { series = [] } = (await read(new RunTally(), [])).get('lovage_task_run_seconds') ?? {}
    expect(series).to.deep.equal([])
    const tally = new RunTally()
    tally.of('proj.add')
    const bounds = ((await read(tally)).get('lovage_task_run_seconds')?.series ?? []).flatMap(({ labels }) =>
      labels['le'] === undefined ? [] : [labels['le']],
    )
    expect(bounds.slice(0, 4)).to.deep.equal(['0.001', '0.0025', '0.005', '0.01'])
    expect(bounds.slice(-4)).to.deep.equal(['2500', '5000', '10000', '+Inf'])
    expect(bounds).to.have.length(23)
  })
})
