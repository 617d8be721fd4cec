import { expect } from 'chai'
import Koa from 'koa'
import type { Context } from 'koa'
import { Registry } from 'prom-client'
import { measureRequests } from '../../../../src/monitor/metrics/http-metrics.ts'
import { parsePrometheusText, valueOf } from '../../../support/prometheus-text.ts'

describe('metrics of requests', () => {
  /** What is measured of one request. */
  async function measured(
    request: { method?: string; status?: number; route?: string },
    next: () => Promise<void> = async () => {},
  ): Promise<object[]> {
    const registry = new Registry()
    const measure = measureRequests(registry)
    const { method = 'GET', status = 200, route } = request
    const context = {
      method,
      status,
      path: '/mobiles/13800000000/count',
      ...(route !== undefined && { _matchedRoute: route }),
    }
    await measure(context as unknown as Context, next).catch(() => undefined)
    const text = await registry.metrics()
    expect(text).not.to.contain('13800000000')
    const { series = [] } = parsePrometheusText(text).get('lovage_http_request_duration_seconds') ?? {}
    return series.filter(({ name }) => name.endsWith('_count')).map(({ labels, value }) => ({ ...labels, value }))
  }

  const cases: [what: string, request: Parameters<typeof measured>[0], labels: object][] = [
    ['the pattern of its route', { route: '/mobiles/:mobile/count' }, { route: '/mobiles/:mobile/count' }],
    ['a page', {}, { route: 'pages' }],
    ['nothing that is there', { status: 404 }, { route: 'none', status: '4xx' }],
    ['a fault', { status: 500, route: '/info' }, { route: '/info', status: '5xx' }],
    ['another method', { method: 'BREW', status: 405 }, { method: 'other', route: 'none', status: '4xx' }],
    ['a POST', { method: 'POST', route: '/login', status: 429 }, { method: 'POST', route: '/login', status: '4xx' }],
  ]
  for (const [what, request, labels] of cases) {
    it(`are labelled with ${what}`, async () => {
      expect(await measured(request)).to.deep.equal([{ method: 'GET', status: '2xx', ...labels, value: 1 }])
    })
  }

  it('count one that fails', async () => {
    const failing = measured({ status: 500 }, () => Promise.reject(new Error('a fault')))
    expect(await failing).to.deep.equal([{ method: 'GET', route: 'none', status: '5xx', value: 1 }])
  })

  it('measure how long it takes', async () => {
    const registry = new Registry()
    const app = new Koa()
    const measure = measureRequests(registry)
    const context = { app, method: 'GET', status: 200, path: '/' } as unknown as Context
    await measure(context, () => new Promise((resolve) => setTimeout(resolve, 30)))
    const families = parsePrometheusText(await registry.metrics())
    const labels = { method: 'GET', route: 'pages', status: '2xx' }
    expect(valueOf(families, 'lovage_http_request_duration_seconds_sum', labels)).to.be.within(0.028, 5)
    expect(valueOf(families, 'lovage_http_request_duration_seconds_bucket', { ...labels, le: '0.025' })).to.equal(0)
  })
})
