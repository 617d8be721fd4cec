import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { createBrowser } from '../support/cookie-jar.ts'
import { eventually } from '../support/eventually.ts'
import { FakeYuntongxun } from '../support/fake-yuntongxun.ts'
import { parsePrometheusText, valueOf, type MetricFamily } from '../support/prometheus-text.ts'
import { runProgram, startService, type Service } from '../support/service.ts'
import { freePort } from './free-port.ts'
import { gatewayEnvironment } from './gateway-environment.ts'
import { askForCode, databases, expectOk, getCode, newMobile, registrationOf } from './journey.ts'
import { makeTaskFolder, type TaskFolder } from './task-files.ts'
import { resultOf, sendAsCelery } from './queue.ts'

/** Where a process that was started says that its metrics are, without the path. */
function monitorsUrl(service: Service): string {
  const [, url = ''] = /^ {2}metrics: +(http:\/\/127\.0\.0\.1:\d+)\/metrics$/m.exec(service.output()) ?? []
  expect(url, service.output()).not.to.equal('')
  return url
}

async function scrape(service: Service): Promise<Map<string, MetricFamily>> {
  const answer = await fetch(`${monitorsUrl(service)}/metrics`)
  expect(answer.status).to.equal(200)
  expect(answer.headers.get('Content-Type')).to.equal('text/plain; version=0.0.4; charset=utf-8')
  return parsePrometheusText(await answer.text())
}

/** Waits until a series has a value. */
async function isWorth(service: Service, name: string, labels: Record<string, string>, value: number): Promise<void> {
  await eventually(
    async () =>
      expect(valueOf(await scrape(service), name, labels), `${name} ${JSON.stringify(labels)}`).to.equal(value),
    { what: name },
  )
}

/** The names of the tables of docs/metrics.md; those of the service's own alone, or the others. */
function documented(part: 'service' | 'worker'): string[] {
  const [worker = '', service = ''] = readFileSync('docs/metrics.md', 'utf8').split(/^## The service$/m)
  return [...(part === 'service' ? service : worker).matchAll(/^\| `(lovage_\w+)`/gm)].map(([, name = '']) => name)
}

describe('the metrics of a service', function () {
  this.timeout(60_000)
  let service: Service
  let codes: Redis

  before(async () => {
    service = await startService({ env: { METRICS_PORT: '0', BUDGET_SMS_PER_MINUTE: '3' } })
    codes = service.redis(databases.codes)
  })
  after(() => service?.stop())

  it('are all that are documented, and tell what was done', async () => {
    const browser = createBrowser(service.url)
    const form = registrationOf()
    form.sms_code = await getCode(service, codes, browser, form.mobile)
    expectOk(await browser.post('/register', form))
    expectOk(await browser.get(`/mobiles/${form.mobile}/count`))
    await browser.get('/no/such/page')
    await browser.get('/register.html')
    for (const mobile of [newMobile(), newMobile()]) await getCode(service, codes, browser, mobile)
    expect((await askForCode(codes, browser, newMobile())).status).to.equal(429)

    const task = { task: 'ccp_send_sms_code' }
    await isWorth(service, 'lovage_task_runs_total', { ...task, outcome: 'succeeded' }, 3)
    const families = await scrape(service)
    expect([...families.keys()]).to.include.members([...documented('worker'), ...documented('service')])
    expect(families.get('nodejs_eventloop_lag_p99_seconds')?.series).to.have.length(1)

    const http = (labels: Record<string, string>): number =>
      valueOf(families, 'lovage_http_request_duration_seconds_count', { method: 'GET', status: '2xx', ...labels })
    expect(http({ method: 'POST', route: '/sms_codes' })).to.equal(3)
    expect(http({ method: 'POST', route: '/sms_codes', status: '4xx' })).to.equal(1)
    expect(http({ method: 'POST', route: '/register' })).to.equal(1)
    expect(http({ route: '/mobiles/:mobile/count' })).to.equal(1)
    expect(http({ route: 'none', status: '4xx' })).to.equal(1)
    expect(http({ route: 'pages' })).to.be.at.least(1)
    expect(valueOf(families, 'lovage_sms_messages_total', { gateway: 'console', outcome: 'accepted' })).to.equal(3)
    expect(valueOf(families, 'lovage_budget_spent_total', { budget: 'sms' })).to.equal(3)
    expect(valueOf(families, 'lovage_budget_refused_total', { budget: 'smsTotal' })).to.equal(1)
    expect(valueOf(families, 'lovage_task_end_to_end_seconds_count', task)).to.equal(3)
    const labels = [...families.values()].flatMap(({ series }) => series.flatMap((each) => Object.values(each.labels)))
    expect(labels.join(' '), 'who was written to').not.to.match(/1[3-9]\d{9}/)
    for (const use of ['broker', 'sessions', 'codes']) {
      await eventually(async () =>
        expect(valueOf(await scrape(service), 'lovage_redis_round_trip_seconds_count', { use })).to.be.at.least(1),
      )
    }
  })

  it('are not on the port of the service, where probes are not counted either', async () => {
    const browser = createBrowser(service.url)
    expect((await browser.get('/metrics')).status).to.equal(404)
    for (const url of [service.url, monitorsUrl(service)]) {
      for (const path of ['/readyz', '/livez']) expect((await fetch(`${url}${path}`)).status, url + path).to.equal(200)
    }
    const { series = [] } = (await scrape(service)).get('lovage_http_request_duration_seconds') ?? {}
    expect(
      series.map(({ labels }) => labels['route']).filter((route) => /livez|readyz/.test(route ?? '')),
    ).to.deep.equal([])
  })
})

describe('the metrics of a service whose gateway fails', function () {
  this.timeout(60_000)
  let fake: FakeYuntongxun
  let service: Service

  before(async () => {
    fake = await FakeYuntongxun.start()
    fake.behaviour = { kind: 'code', statusCode: '160034' }
    service = await startService({ env: { ...gatewayEnvironment(fake), METRICS_PORT: '0' } })
  })
  after(async () => {
    await service?.stop()
    await fake.refuse()
  })

  it('tell by which gateway, and why', async () => {
    const codes = service.redis(databases.codes)
    expectOk(await askForCode(codes, createBrowser(service.url), newMobile()))
    await isWorth(service, 'lovage_sms_messages_total', { gateway: 'yuntongxun', outcome: 'recipient' }, 1)
    await isWorth(service, 'lovage_task_runs_total', { task: 'ccp_send_sms_code', outcome: 'failed' }, 1)
    await isWorth(service, 'lovage_task_dead_letters_total', { task: 'ccp_send_sms_code' }, 0)
    await isWorth(service, 'lovage_sms_breaker_open', { gateway: 'yuntongxun' }, 0)
  })
})

describe('the metrics of a worker alone', function () {
  this.timeout(60_000)
  let folder: TaskFolder
  let worker: Service

  before(() => {
    folder = makeTaskFolder()
  })
  after(() => folder.remove())
  afterEach(() => worker?.stop())

  it('are those of its tasks; of a service it has no figures', async () => {
    worker = await startService({ command: 'worker', args: ['-A', 'proj', '--metrics-port', '0'], cwd: folder.path })
    const broker = worker.redis(databases.broker)
    await resultOf(broker, await sendAsCelery(broker, 'proj.add', [2, 3]))
    await resultOf(broker, await sendAsCelery(broker, 'proj.boom'))
    await isWorth(worker, 'lovage_task_runs_total', { task: 'proj.add', outcome: 'succeeded' }, 1)
    await isWorth(worker, 'lovage_task_dead_letters_total', { task: 'proj.boom' }, 1)
    const families = await scrape(worker)
    // A Celery client does not say when it sends.
    expect(valueOf(families, 'lovage_task_wait_seconds_count', { task: 'proj.add' })).to.equal(0)
    expect(valueOf(families, 'lovage_task_run_seconds_count', { task: 'proj.add' })).to.equal(1)
    expect([...families.keys()]).to.include.members(documented('worker'))
    expect([...families.keys()].filter((name) => /http|budget|pumping/.test(name))).to.deep.equal([])
    expect(valueOf(families, 'lovage_threads', { pool: 'threads' })).to.be.at.least(1)
  })

  it('go on until the worker has ended, and say that it is about to', async () => {
    worker = await startService({ command: 'worker', args: ['-A', 'spins', '--metrics-port', '0'], cwd: folder.path })
    const url = monitorsUrl(worker)
    await eventually(async () => expect((await fetch(`${url}/readyz`)).status).to.equal(200))
    await sendAsCelery(worker.redis(databases.broker), 'spins.until', [`${folder.path}/never`])
    await isWorth(worker, 'lovage_slots_taken', { pool: 'threads' }, 1)
    worker.signal('SIGTERM')
    await worker.waitForOutput(/"msg":"stopping/)
    const answer = await fetch(`${url}/readyz`)
    expect([answer.status, await answer.json()]).to.deep.equal([
      503,
      { status: 'unavailable', causes: { process: 'is stopping' } },
    ])
    expect((await fetch(`${url}/metrics`)).status).to.equal(200)
    worker.signal('SIGTERM')
    await worker.exited
    await fetch(`${url}/livez`).then(
      () => expect.fail('it has ended'),
      () => undefined,
    )
  })

  it('are not there where no port is set', async () => {
    worker = await startService({ command: 'worker', args: ['-A', 'proj'], cwd: folder.path })
    expect(worker.output()).not.to.contain('metrics')
  })

  it('keep the process from starting where their port is taken, and the option is named', async () => {
    const port = await freePort()
    worker = await startService({
      command: 'worker',
      args: ['-A', 'proj', '--metrics-port', String(port)],
      cwd: folder.path,
    })
    const args = ['worker', '-A', 'proj', '--data-dir', worker.dataDir, '--metrics-port', String(port)]
    const { code, stderr } = await runProgram(args, { cwd: folder.path })
    expect(code).to.equal(1)
    expect(stderr).to.contain(
      `lovage: can not listen on 127.0.0.1:${port}: another program listens there. Choose another with --metrics-port.`,
    )
  })
})
