import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import type { QueueStates, RetryAllAnswer, TaskDetail, TaskPage } from '../../src/monitor/task-wire-types.ts'
import type { MonitorFault } from '../../src/monitor/wire-types.ts'
import { eventually } from '../support/eventually.ts'
import { ask, type Answered } from '../support/http-request.ts'
import { projectRoot, runProgram, startService, type Service } from '../support/service.ts'
import { databases } from './journey.ts'

const engine = pathToFileURL(join(projectRoot, 'dist/src/engine/task.js')).href

const tasks = `import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { defineTask } from '${engine}'
export const flaky = defineTask('proj.flaky', { maxRetries: 0 }, ({ log }, mended) => {
  log('looking for', mended)
  if (!existsSync(mended)) throw new RangeError('too far')
  return 'went well'
})
export const holds = defineTask('proj.holds', {}, async (_context, file) => {
  while (!existsSync(file)) await delay(10)
})
`

describe("the dashboard's tasks and actions over HTTP", function () {
  this.timeout(120_000)
  let folder: string
  let service: Service
  let broker: Redis
  let headers: Record<string, string>

  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'lv-actions-')))
    mkdirSync(join(folder, 'proj'))
    writeFileSync(join(folder, 'proj/tasks.mjs'), tasks)
    service = await start()
  })
  after(async () => {
    await service?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function start(dataDir?: string): Promise<Service> {
    const place = dataDir === undefined ? {} : { dataDir }
    const started = await startService({ args: ['-A', 'proj', '-c', '1', '-P', 'threads'], cwd: folder, ...place })
    const address = /^ {2}monitor: +(\S+)$/m.exec(started.output())?.[1] ?? ''
    const opened = await ask(address)
    const Cookie = opened.headers['set-cookie']?.[0]?.split(';', 1)[0] ?? ''
    headers = { Cookie, Origin: started.url, 'Content-Type': 'application/json' }
    broker = started.redis(databases.broker)
    return started
  }

  function api(path: string): string {
    return `${service.url}/monitor/api${path}`
  }
  async function get<Answer>(path: string): Promise<Answer> {
    const answer = await ask(api(path), { headers })
    expect(answer.status, answer.text).to.equal(200)
    return answer.json() as Answer
  }
  const act = (action: string, body: object, more: Record<string, string> = {}): Promise<Answered> =>
    ask(api(`/actions/${action}`), { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify(body) })
  async function done<Answer>(action: string, body: object): Promise<Answer> {
    const answer = await act(action, body)
    expect(answer.status, answer.text).to.equal(200)
    return answer.json() as Answer
  }
  const detail = (id: string): Promise<TaskDetail> => get(`/task?id=${encodeURIComponent(id)}`)
  /** As soon as it is in that state, and its record says so. */
  const until = (id: string, state: TaskDetail['state']): Promise<TaskDetail> =>
    eventually(async () => {
      const found = await detail(id)
      expect([found.state, found.runs.at(-1)?.state]).to.deep.equal([state, state])
      return found
    })
  async function call(name: string, args: unknown[], ...more: string[]): Promise<string> {
    const words = ['call', name, '--args', JSON.stringify(args), '--data-dir', service.dataDir, ...more]
    const { code, stdout } = await runProgram(words)
    expect(code).to.equal(0)
    return stdout.trim()
  }

  it('show what failed, and retry it', async () => {
    const mended = join(folder, 'mended')
    const id = await call('proj.flaky', [mended])
    const failed = await until(id, 'FAILURE')
    expect(failed.runs[0]?.error).to.include({ type: 'RangeError', message: 'too far' })
    expect(failed.runs[0]?.error?.stack).to.contain('tasks.mjs')
    await eventually(async () => expect((await detail(id)).log.lines[0]?.text).to.equal(`looking for ${mended}`))
    expect(failed.can.retry).to.equal(true)
    writeFileSync(mended, '')
    expect(await done('retry', { id })).to.deep.equal({ retried: true, queue: 'celery' })
    expect((await until(id, 'SUCCESS')).runs.map(({ state }) => state)).to.deep.equal(['FAILURE', 'SUCCESS'])
    const page = await get<TaskPage>('/tasks?name=proj.flaky&state=SUCCESS')
    expect(page.tasks.map((task) => task.id)).to.deep.equal([id])
    await service.waitForOutput(/"action":"retry".*an action was carried out/)
    await service.waitForOutput(new RegExp(`"taskId":"${id}","msg":"looking for`))
  })

  it('retry all, revoke, terminate, purge', async () => {
    const unmended = join(folder, 'never')
    const ids = [await call('proj.flaky', [unmended]), await call('proj.flaky', [unmended])]
    for (const id of ids) await until(id, 'FAILURE')
    expect(await done<RetryAllAnswer>('retry-all', { task: 'proj.flaky' })).to.include({
      moved: 2,
      left: 0,
      done: true,
    })
    for (const id of ids) {
      await eventually(async () => expect((await detail(id)).runs).to.have.length(2))
    }

    const holding = await call('proj.holds', [join(folder, 'never')])
    await until(holding, 'STARTED')
    const behind = await call('proj.flaky', [unmended])
    expect(await detail(behind)).to.include({ state: 'PENDING', place: 'queue' })
    expect(await done('revoke', { ids: [behind] })).to.deep.equal({ revoked: 1, here: 0 })
    const dropped = await call('proj.flaky', [unmended], '-q', 'other')
    expect(await done('purge', { queue: 'other' })).to.deep.equal({ queue: 'other', purged: 1, left: 0 })
    expect(await done('terminate', { ids: [holding] })).to.deep.equal({ revoked: 1, here: 1 })
    await until(holding, 'REVOKED')
    await until(behind, 'REVOKED')
    expect((await ask(api(`/task?id=${dropped}`), { headers })).status).to.equal(404)
  })

  it('pause a queue across a restart, and resume it; the records are there then, too', async () => {
    expect(await done('pause', { queue: 'celery' })).to.deep.equal({ queue: 'celery', paused: true, changed: true })
    const { dataDir } = service
    const first = service
    service.signal('SIGTERM')
    await service.exited
    service = await start(dataDir)
    try {
      const { queues, pool } = await get<QueueStates>('/queues')
      expect(queues.map(({ name, paused }) => [name, paused])).to.deep.equal([['celery', true]])
      expect((await get<TaskPage>('/tasks')).tasks.length).to.be.greaterThan(3)
      const mended = join(folder, 'mended')
      const id = await call('proj.flaky', [mended])
      expect(await detail(id)).to.include({ state: 'PENDING', place: 'queue' })
      expect(await broker.llen('celery')).to.equal(1)
      expect(await done('grow', { by: 1 })).to.deep.equal({ from: pool.concurrency, to: pool.concurrency + 1 })
      expect(await done('shrink', { by: 1 })).to.deep.equal({ from: pool.concurrency + 1, to: pool.concurrency })
      expect(await done('resume', { queue: 'celery' })).to.deep.equal({ queue: 'celery', paused: false, changed: true })
      await until(id, 'SUCCESS')
    } finally {
      await service.stop()
      await first.stop()
    }
  })

  it('are for whoever has a session, from the dashboard itself', async () => {
    service = await start()
    const fault = (answer: Answered): [number, MonitorFault['error']] => [
      answer.status,
      (answer.json() as MonitorFault).error,
    ]
    expect(fault(await act('purge', { queue: 'celery' }, { Cookie: '' }))).to.deep.equal([401, 'NO_SESSION'])
    expect(fault(await act('purge', { queue: 'celery' }, { Origin: 'http://evil.example' }))).to.deep.equal([
      403,
      'FOREIGN_ORIGIN',
    ])
    expect(fault(await ask(api('/tasks')))).to.deep.equal([401, 'NO_SESSION'])
    expect(fault(await act('retry', { id: 'nobody' }))).to.deep.equal([409, 'CONFLICT'])
    expect(fault(await act('grow', { by: 'x' }))).to.deep.equal([400, 'BAD_REQUEST'])
    expect(fault(await ask(api('/actions/retry'), { headers }))).to.deep.equal([405, 'METHOD_NOT_ALLOWED'])
  })

  it('lovage queue does the same from the command line', async () => {
    const place = ['--data-dir', service.dataDir]
    expect(await runProgram(['queue', 'pause', 'mail', 'sms', ...place])).to.include({
      code: 0,
      stdout: 'mail: paused\nsms: paused\n',
    })
    expect((await runProgram(['queue', 'pause', 'mail', ...place])).stdout).to.equal('mail: was paused already\n')
    const listed = await runProgram(['queue', 'list', '--json', ...place])
    expect((JSON.parse(listed.stdout) as { name: string }[]).map(({ name }) => name)).to.deep.equal(['mail', 'sms'])
    expect((await runProgram(['queue', 'list', ...place])).stdout).to.match(/^mail: paused since 20\S+Z\nsms: paused/)
    expect(await runProgram(['queue', 'resume', 'mail', 'sms', '--json', ...place])).to.include({
      code: 0,
      stdout: '{"resumed":["mail","sms"]}\n',
    })
    expect((await runProgram(['queue', 'resume', 'mail', ...place])).stdout).to.equal('mail: was not paused\n')
    expect((await runProgram(['queue', 'list', ...place])).stdout).to.equal('no queue is paused\n')
    const refused = await runProgram(['queue', 'pause', 'a b', ...place])
    expect(refused.code).not.to.equal(0)
    expect(refused.stderr).to.contain("expected a queue's name")
  })
})
