import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { HistoryAnswer, LiveSnapshot, MonitorFault } from '../../src/monitor/wire-types.ts'
import { EventStream } from '../support/event-stream.ts'
import { ask, type Answered } from '../support/http-request.ts'
import { runProgram, startService, type Service } from '../support/service.ts'
import { makeTaskFolder, type TaskFolder } from './task-files.ts'

describe('the dashboard', function () {
  this.timeout(120_000)
  let folder: TaskFolder
  let service: Service
  const services: Service[] = []

  before(async () => {
    folder = makeTaskFolder()
    service = await start()
  })
  afterEach(async () => {
    for (const each of services.splice(0)) if (each !== service) await each.stop()
  })
  after(async () => {
    await service?.stop()
    folder.remove()
  })

  async function start(options: Parameters<typeof startService>[0] = {}): Promise<Service> {
    const started = await startService({
      args: ['-c', '2'],
      cwd: folder.path,
      ...options,
      argsBefore: ['-A', 'proj.arithmetic'],
    })
    services.push(started)
    return started
  }

  function addressOf(of: Service): string {
    return /^ {2}monitor: +(\S+)$/m.exec(of.output())?.[1] ?? ''
  }

  async function cookieOf(of: Service): Promise<string> {
    const { headers } = await ask(addressOf(of))
    return headers['set-cookie']?.[0]?.split(';', 1)[0] ?? ''
  }

  async function look(of: Service, headers: Record<string, string> = {}): Promise<EventStream> {
    return EventStream.open(`${of.url}/monitor/api/live`, { Cookie: await cookieOf(of), ...headers })
  }

  async function call(of: Service, count: number): Promise<void> {
    const args = ['call', 'proj.add', '-a', '[1, 2]', '--data-dir', of.dataDir]
    for (let each = 0; each < count; each += 1) expect((await runProgram(args)).code).to.equal(0)
  }

  function fault(answer: Answered): [number, MonitorFault['error']] {
    return [answer.status, (answer.json() as MonitorFault).error]
  }

  it('is named in the banner, with a token that is kept for the owner alone', () => {
    const file = join(service.dataDir, 'monitor-token')
    const token = readFileSync(file, 'utf8').trim()
    expect(statSync(file).mode & 0o777).to.equal(0o600)
    expect(addressOf(service)).to.equal(`${service.url}/monitor?token=${token}`)
    // The log has the address of no request to it.
    expect(service.output().split(token)).to.have.length(2)
  })

  it('is opened by that address, with the headers that all pages have', async () => {
    const opened = await ask(addressOf(service))
    expect([opened.status, opened.headers.location]).to.deep.equal([303, '/monitor'])
    expect(opened.headers['set-cookie']?.[0]).to.match(/; Path=\/monitor; Max-Age=43200; HttpOnly; SameSite=Strict$/)
    expect(opened.headers['content-security-policy']).to.contain("default-src 'none'")
    expect(opened.headers['cache-control']).to.equal('no-store')
    expect(opened.headers['referrer-policy']).to.equal('same-origin')
  })

  it('is closed without it, and for another host or origin', async () => {
    const history = `${service.url}/monitor/api/history`
    expect(fault(await ask(history))).to.deep.equal([401, 'NO_SESSION'])
    expect(fault(await ask(`${service.url}/monitor/api/live`))).to.deep.equal([401, 'NO_SESSION'])
    const Cookie = await cookieOf(service)
    expect(fault(await ask(history, { headers: { Cookie, Host: 'evil.example' } }))).to.deep.equal([
      403,
      'HOST_NOT_ALLOWED',
    ])
    const post = { method: 'POST', headers: { Cookie, Origin: 'http://evil.example' } }
    expect(fault(await ask(`${service.url}/monitor/api/session`, post))).to.deep.equal([403, 'FOREIGN_ORIGIN'])
    // Of a proxy on this machine nobody knows better.
    const forwarded = { 'X-Forwarded-For': '127.0.0.1', 'X-Forwarded-Host': 'localhost' }
    expect(fault(await ask(history, { headers: forwarded }))).to.deep.equal([401, 'NO_SESSION'])
  })

  it('tells how it goes, each second, while tasks run', async () => {
    const stream = await look(service)
    expect(stream.headers['content-type']).to.equal('text/event-stream; charset=utf-8')
    const idle = (await stream.find('snapshot')).data as LiveSnapshot
    expect(idle.processes[0]).to.include({ here: true, kind: 'lovage', state: 'online', slots: 2 })
    expect(idle.queues.map(({ name, served }) => [name, served])).to.deep.equal([['celery', true]])
    expect(idle.sms.gateways.map(({ name }) => name)).to.deep.equal(['console'])
    expect(idle.threads.length).to.be.greaterThan(0)
    await call(service, 3)
    const ran = await stream.find('snapshot', ({ tasks }: LiveSnapshot) =>
      tasks.some(({ name, outcomes }) => name === 'proj.add' && outcomes.succeeded === 3),
    )
    const { tasks, latency } = ran.data as LiveSnapshot
    expect(tasks[0]?.run.p50).to.be.a('number')
    expect(latency.total.count).to.be.at.least(3)
    const beats = await stream.find('snapshot', ({ processes }: LiveSnapshot) => processes[0]?.processed === 3)
    expect((beats.data as LiveSnapshot).processes[0]?.software).to.match(/^lovage /)
    const ids = stream.events.filter(({ name }) => name === 'snapshot').map(({ id }) => Number(id))
    expect(ids).to.deep.equal(ids.toSorted((one, other) => one - other))
    stream.close()
  })

  it('begins with what was missed', async () => {
    const first = await look(service)
    await first.find('snapshot')
    const { id } = await first.find('snapshot')
    const resumed = await look(service, { 'Last-Event-ID': id })
    const recent = (await resumed.find('recent')).data as { time: number }[]
    expect(recent.every(({ time }) => time > Number(id))).to.equal(true)
    first.close()
    resumed.close()
  })

  it('shows another process on the same Redis, and its history after a restart', async () => {
    const one = await start()
    const worker = await start({ command: 'worker', dataDir: one.dataDir, args: ['-c', '1', '-n', 'second'] })
    const stream = await look(one)
    const seen = await stream.find('snapshot', ({ processes }: LiveSnapshot) =>
      processes.some(({ name, state, running }) => name === 'second' && state === 'online' && running !== null),
    )
    expect((seen.data as LiveSnapshot).processes).to.have.length(2)
    await call(one, 2)
    await stream.find('snapshot', ({ tasks }: LiveSnapshot) => (tasks[0]?.outcomes.succeeded ?? 0) >= 1)
    const ended = stream.find('bye')
    one.signal('SIGTERM')
    expect((await ended).data).to.deep.equal({ reason: 'stopping' })
    expect((await one.exited).code).to.equal(0)
    worker.signal('SIGTERM')
    expect((await worker.exited).code).to.equal(0)

    const again = await start({ dataDir: one.dataDir })
    const { headers } = await ask(addressOf(again))
    const Cookie = headers['set-cookie']?.[0]?.split(';', 1)[0] ?? ''
    for (const query of ['hours=1', 'hours=24']) {
      const answer = (
        await ask(`${again.url}/monitor/api/history?${query}`, { headers: { Cookie } })
      ).json() as HistoryAnswer
      const succeeded = answer.outcomes.succeeded.reduce<number>((sum, each) => sum + (each ?? 0), 0)
      expect(succeeded, query).to.equal(2)
    }
    await again.stop()
    await one.stop()
  })

  it('ends at once when the process stops, although somebody looks on', async () => {
    const stopping = await start()
    const stream = await look(stopping)
    await stream.find('snapshot')
    const asked = performance.now()
    stopping.signal('SIGTERM')
    expect((await stopping.exited).code).to.equal(0)
    // Far under httpDrainMs, which requests in flight would have.
    expect(performance.now() - asked).to.be.lessThan(4_500)
    expect(stream.ended).to.equal(true)
    expect((await stream.find('bye')).data).to.deep.equal({ reason: 'stopping' })
  })

  it('takes a token from the settings, and is off where they say so', async () => {
    const token = 'a-token-from-the-settings-of-this-test'
    const set = await start({ env: { MONITOR_TOKEN: token, MONITOR_HOSTS: 'monitor.example' } })
    expect(addressOf(set)).to.equal(`${set.url}/monitor`)
    expect(set.output(), 'it is piped: that may be a log').not.to.contain(token)
    const named = await ask(`${set.url}/monitor?token=${token}`, { headers: { Host: 'monitor.example' } })
    expect(named.headers['set-cookie']).to.have.length(1)
    const off = await start({ env: { MONITOR: '0' } })
    expect(addressOf(off)).to.equal('')
    expect((await ask(`${off.url}/monitor`)).status).to.equal(404)
    expect((await ask(`${off.url}/monitor/api/history`)).status).to.equal(404)
  })
})
