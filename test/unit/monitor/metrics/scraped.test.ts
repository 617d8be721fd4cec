import { expect } from 'chai'
import { Registry } from 'prom-client'
import {
  readTogether,
  scrapedCounter,
  scrapedGauge,
  type Sample,
  type ScrapedMetric,
} from '../../../../src/monitor/metrics/scraped.ts'
import { parsePrometheusText } from '../../../support/prometheus-text.ts'

describe('a metric that is read when it is asked for', () => {
  const add = <Label extends string>(type: 'counter' | 'gauge', to: Registry, metric: ScrapedMetric<Label>): void => {
    if (type === 'counter') scrapedCounter(to, metric)
    else scrapedGauge(to, metric)
  }

  for (const type of ['counter', 'gauge'] as const) {
    const name = type === 'counter' ? 'things_total' : 'things'

    it(`shows what there is then, and no more what was there before: ${type}`, async () => {
      const registry = new Registry()
      let samples: Sample<'kind'>[] = [
        [{ kind: 'one' }, 3],
        [{ kind: 'two' }, 0],
      ]
      add(type, registry, { name, help: 'Things', labelNames: ['kind'], read: () => samples })
      const read = async (): Promise<unknown> => {
        const { series = [] } = parsePrometheusText(await registry.metrics()).get(name) ?? {}
        return series.map(({ labels, value }) => [labels['kind'], value])
      }
      expect(await read()).to.deep.equal([
        ['one', 3],
        ['two', 0],
      ])
      samples = [[{ kind: 'two' }, 5]]
      expect(await read()).to.deep.equal([['two', 5]])
    })

    it(`does not count twice where two ask at once: ${type}`, async () => {
      const registry = new Registry()
      let answer = (_samples: Sample<never>[]): void => {}
      const slow = new Promise<Sample<never>[]>((resolve) => (answer = resolve))
      add(type, registry, { name, help: 'Things', labelNames: [], read: () => slow })
      const both = [registry.metrics(), registry.metrics()]
      answer([[{}, 4]])
      for (const text of await Promise.all(both)) expect(text).to.match(new RegExp(`^${name} 4$`, 'm'))
    })
  }

  it('is read once for several metrics, for a while', async () => {
    let reads = 0
    const read = readTogether(5, () => (reads += 1))
    expect([read(), read()]).to.deep.equal([1, 1])
    const since = performance.now()
    while (performance.now() - since < 6);
    expect(read()).to.equal(2)
  })
})
