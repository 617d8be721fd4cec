import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { eventually } from '../support/eventually.ts'
import { projectRoot, runProgram, startService, type Service } from '../support/service.ts'
import { databases } from './journey.ts'
import { celeryMessage, resultOf } from './queue.ts'

const engine = pathToFileURL(join(projectRoot, 'dist/src/engine/task.js')).href

/** Fails until a file says that it is mended. */
const flaky = `import { existsSync } from 'node:fs'
import { defineTask } from '${engine}'
export const flaky = defineTask('proj.flaky', { maxRetries: 0 }, (_context, mended) => {
  if (!existsSync(mended)) throw new RangeError('too far')
  return 'went well'
})
`
const late = `import { defineTask } from '${engine}'
export const late = defineTask('proj.late', {}, () => 'known by now')
`

describe('lovage dead', function () {
  this.timeout(90_000)
  let folder: string
  let worker: Service
  let second: Service | undefined
  let broker: Redis
  let failed: { id: string; raw: string }
  let unknown: { id: string; raw: string }

  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'lv-dead-')))
    mkdirSync(join(folder, 'proj'))
    writeFileSync(join(folder, 'proj/flaky.mjs'), flaky)
    worker = await start()
    broker = worker.redis(databases.broker)
    failed = celeryMessage('proj.flaky', [join(folder, 'mended')])
    unknown = celeryMessage('proj.late', ['secret'])
    for (const raw of [failed.raw, unknown.raw, 'no message']) await broker.lpush('celery', raw)
    for (const kind of ['dead', 'unknown', 'unreadable']) await isSetAside(kind, 1)
  })
  after(async () => {
    await second?.stop()
    await worker?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  function start(dataDir?: string): Promise<Service> {
    const place = dataDir === undefined ? {} : { dataDir }
    return startService({ command: 'worker', args: ['-A', 'proj', '-c', '1'], cwd: folder, ...place })
  }

  async function isSetAside(kind: string, count: number): Promise<void> {
    await eventually(async () => expect(await broker.zcard(`lovage:${kind}:celery`)).to.equal(count), {
      what: `${count} ${kind} set aside`,
    })
  }

  async function dead(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
    return runProgram(['dead', ...args, '--data-dir', worker.dataDir])
  }

  it('lists what is set aside, for people and for programs', async () => {
    const { code, stdout, stderr } = await dead('list')
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' })
    expect(stdout).to.match(new RegExp(`^${failed.id} .* dead +proj\\.flaky$`, 'm'))
    expect(stdout).to.match(/^ {4}celery: RangeError: too far$/m)
    const json = JSON.parse((await dead('list', '--json', '--task', 'proj.late')).stdout) as { entries: object[] }
    expect(json).to.have.property('total', 1)
    expect(json.entries[0]).to.include({ id: unknown.id, kind: 'unknown', queue: 'celery', task: 'proj.late' })
  })

  it('shows one without its arguments, or its bytes alone', async () => {
    const { stdout } = await dead('show', failed.id)
    expect(stdout).to.match(/^reason +RangeError: too far$/m)
    expect(stdout).to.match(/^args +\(\)$/m)
    expect(stdout).to.match(/^stack:\nRangeError: too far\n +at .*flaky\.mjs/m)
    expect(stdout).not.to.include((JSON.parse(failed.raw) as { body: string }).body)
    expect((await dead('show', failed.id, '--raw')).stdout).to.equal(failed.raw)
    const profile = join(folder, 'x.cpuprofile')
    expect(await dead('show', failed.id, '--profile', profile)).to.include({ code: 1, stdout: '' })
  })

  it('tells of what is not there, and of what it does not understand', async () => {
    for (const command of ['show', 'retry']) {
      const { code, stderr } = await dead(command, 'nobody')
      expect({ code, stderr }).to.deep.equal({
        code: 1,
        stderr: 'lovage: nothing that is set aside has the id nobody\n',
      })
    }
    const { code, stderr } = await dead('purge', '--older-than', 'yesterday')
    expect(code).to.equal(2)
    expect(stderr).to.include('expected a time such as 90s, 30m, 12h or 7d')
  })

  it('retries one, which then goes well', async () => {
    writeFileSync(join(folder, 'mended'), '')
    const { code, stdout } = await dead('retry', failed.id)
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: `${failed.id}: back on the queue celery\n` })
    await eventually(async () => {
      expect(await resultOf(broker, failed.id)).to.include({ status: 'SUCCESS', result: 'went well' })
    })
    await isSetAside('dead', 0)
  })

  it('tells programs what was retried, and what was not', async () => {
    const { code, stdout } = await dead('retry', 'nobody', '--json')
    expect(code).to.equal(1)
    const faults = ['nothing that is set aside has the id nobody']
    expect(JSON.parse(stdout)).to.deep.equal({ retried: [], faults })
    const none = await dead('retry-all', '--task', 'nobodys', '--json')
    expect(JSON.parse(none.stdout)).to.deep.equal({ retried: 0, left: 0 })
  })

  it('retries all that are meant; what still can not be run is set aside again', async () => {
    const [before] = await broker.zrange('lovage:unknown:celery', '0', '-1')
    expect((await dead('retry-all', '--kind', 'unknown')).stdout).to.equal('1 retried\n')
    await eventually(async () => {
      const [after] = await broker.zrange('lovage:unknown:celery', '0', '-1')
      expect(after).to.be.a('string').and.not.equal(before)
    })
  })

  it('deletes only what it was told to, and not without being asked twice', async () => {
    const refused = await dead('purge', '--kind', 'unreadable')
    expect(refused).to.include({ code: 1, stdout: '' })
    expect(refused.stderr).to.equal(
      'lovage: Delete 1 set-aside message? There is no terminal to ask on: expected --force\n',
    )
    expect((await dead('purge', '--kind', 'unreadable', '--older-than', '1d', '-f')).stdout).to.equal('0 deleted\n')
    expect((await dead('purge', '--kind', 'unreadable', '-f')).stdout).to.equal('1 deleted\n')
    expect((await dead('purge', '--kind', 'unreadable', '-f', '--json')).stdout).to.equal('{\n  "deleted": 0\n}\n')
    await isSetAside('unreadable', 0)
    await isSetAside('unknown', 1)
  })

  it('is not needed for a task whose file has been added: it is run when a process starts that knows it', async () => {
    worker.signal('SIGTERM')
    expect(await worker.exited).to.include({ code: 0 })
    writeFileSync(join(folder, 'proj/late.mjs'), late)
    second = await start(worker.dataDir)
    const result = await resultOf(second.redis(databases.broker), unknown.id)
    expect(result).to.include({ status: 'SUCCESS', result: 'known by now' })
    expect((await dead('list')).stdout).to.equal('nothing is set aside\n')
  })
})
