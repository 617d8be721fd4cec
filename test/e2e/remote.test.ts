import { expect } from 'chai'
import { eventually } from '../support/eventually.ts'
import { startRedis } from '../support/redis-server.ts'
import { runProgram, startService, type Service } from '../support/service.ts'
import { freePort } from './free-port.ts'
import { makeTaskFolder, type TaskFolder } from './task-files.ts'

describe('lovage inspect, control, status and report', function () {
  this.timeout(90_000)
  let folder: TaskFolder
  let worker: Service

  before(async () => {
    folder = makeTaskFolder()
    const args = ['-A', 'proj.arithmetic', '-c', '2', '-n', 'here', '--time-limit', '60']
    worker = await startService({ command: 'worker', args, cwd: folder.path })
    await eventually(async () => expect((await lovage('status')).code).to.equal(0), { timeoutMs: 20_000 })
  })
  after(async () => {
    await worker?.stop()
    folder?.remove()
  })

  function lovage(...args: string[]) {
    return runProgram([...args, '--data-dir', worker.dataDir])
  }

  /** What it prints, where it ends well. */
  async function said(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await lovage(...args)
    expect([code, stderr]).to.deep.equal([0, ''])
    return stdout
  }

  it('prints what nodes reply, as Celery does', async () => {
    expect(await said('status')).to.equal('->  here: OK\n\n1 node online.\n')
    expect(await said('inspect', 'active')).to.equal('->  here: OK\n    - empty -\n\n1 node online.\n')
    expect(await said('inspect', 'registered', 'time_limit', 'max_retries')).to.equal(
      '->  here: OK\n    * proj.add [max_retries=3]\n    * proj.boom [max_retries=3]\n\n1 node online.\n',
    )
    expect(await said('inspect', 'query_task', 'a', 'b')).to.equal('->  here: OK\n    {}\n\n1 node online.\n')
    expect(await said('control', 'time_limit', 'proj.add', '5', '10')).to.equal(
      '->  here: OK\n        time limits set successfully\n',
    )
    expect(await said('control', 'autoscale', '4', '2')).to.equal(
      "->  here: ERROR\n        ValueError('Autoscale not enabled')\n",
    )
  })

  it('prints JSON for programs', async () => {
    expect(JSON.parse(await said('status', '-j'))).to.deep.equal({ here: { ok: 'pong' } })
    const conf = JSON.parse(await said('inspect', '--json', 'conf', '-d', 'here')) as { here: Record<string, unknown> }
    expect(conf.here).to.include({ worker_concurrency: 2, task_time_limit: 60, worker_pool: 'threads' })
    expect(conf.here).not.to.have.any.keys('timezone')
    const all = JSON.parse(await said('inspect', 'conf', 'true', '--json')) as { here: Record<string, unknown> }
    expect(all.here).to.include({ timezone: 'UTC' })
  })

  it('changes the worker', async () => {
    const stats = async (): Promise<unknown> => JSON.parse(await said('inspect', 'stats', '--json'))
    expect(await said('control', 'pool_grow', '2')).to.equal('->  here: OK\n        pool will grow\n')
    expect(await stats()).to.have.nested.property('here.pool.max-concurrency', 4)
    expect(await said('control', 'pool_shrink')).to.equal('->  here: OK\n        pool will shrink\n')
    expect(await stats()).to.have.nested.property('here.pool.max-concurrency', 3)
    expect(await said('control', 'add_consumer', 'mail')).to.equal('->  here: OK\n        add consumer mail\n')
    expect(await said('inspect', 'active_queues')).to.contain("'name': 'mail'")
    expect(await said('control', 'pool_restart')).to.equal('->  here: OK\n        reload started\n')
  })

  it('changes the bounds of a pool that scales', async () => {
    const args = ['-A', 'proj.arithmetic', '--autoscale=5,2', '-n', 'scales']
    const scales = await startService({ command: 'worker', args, cwd: folder.path })
    try {
      expect(scales.output()).to.contain('{min=2, max=5} (threads)')
      const said = async (...words: string[]): Promise<string> => {
        const { stdout } = await runProgram([...words, '--data-dir', scales.dataDir])
        return stdout
      }
      const autoscale = async (): Promise<unknown> =>
        (JSON.parse(await said('inspect', 'stats', '--json')) as Record<string, object>)['scales']
      await eventually(async () => expect(await said('status')).to.contain('scales'), { timeoutMs: 20_000 })
      expect(await autoscale())
        .to.have.property('autoscaler')
        .that.deep.equals({ max: 5, min: 2, current: 2, qty: 0 })
      expect(await said('control', 'autoscale', '10', '3')).to.equal(
        '->  scales: OK\n        autoscale now max=10 min=3\n',
      )
      expect(await said('control', 'pool_grow')).to.equal(
        '->  scales: ERROR\n        pool_grow is not supported with autoscale. Adjust autoscale range instead.\n',
      )
      expect(await autoscale()).to.have.nested.property('autoscaler.current', 3)
    } finally {
      await scales.stop()
    }
  })

  it('takes the place of the queue before the command, as Celery does', async () => {
    const port = await freePort()
    const server = await startRedis({ args: ['--bind', '127.0.0.1', '--port', String(port)] })
    try {
      // Another Redis than the worker's: nobody is there.
      const { code, stderr } = await runProgram(['-b', `redis://127.0.0.1:${port}`, 'inspect', '-t', '0.2', 'ping'])
      expect([code, stderr]).to.deep.equal([69, 'lovage: No nodes replied within time constraint\n'])
    } finally {
      await server.stop()
    }
  })

  it('ends with 69 where nobody replies', async () => {
    for (const words of [['status'], ['inspect', 'stats'], ['control', 'pool_grow']]) {
      const { code, stdout, stderr } = await lovage(...words, '-d', 'nobody', '-t', '0.2')
      expect([code, stdout]).to.deep.equal([69, ''])
      expect(stderr).to.equal('lovage: No nodes replied within time constraint\n')
    }
  })

  for (const [words, expected] of [
    [['inspect', 'activ'], 'Did you mean active?'],
    [['control', 'time_limit', 'proj.add'], "missing required argument 'soft'"],
    [['control', 'time_limit', 'proj.add', 'soon'], 'expected seconds above 0'],
    [['control', 'pool_grow', '-1'], "'-1' is invalid for argument 'n'. expected a whole number"],
    [['inspect', 'conf', 'maybe'], 'expected true or false'],
    [['inspect', 'ping', 'more'], 'too many arguments'],
  ] as const) {
    it(`says what is wrong with ${words.join(' ')}`, async () => {
      const { code, stderr } = await lovage(...words)
      expect(code).to.equal(2)
      expect(stderr).to.contain(expected)
    })
  }

  it('shows examples', async () => {
    expect((await runProgram(['control', '--help'])).stdout).to.contain('lovage control revoke')
    expect((await runProgram(['control', 'time_limit', '--help'])).stdout).to.match(/<task_name> <soft> \[hard\]/)
  })

  it('reports on the program without asking anybody', async () => {
    const text = await said('report', '-b', 'redis://me:hunter2@127.0.0.1:1/3')
    expect(text).to.match(/^\nsoftware -> lovage:\d/)
    expect(text).to.contain("broker_url: 'redis://me:***@127.0.0.1:1/3'").and.not.contain('hunter2')
    const facts = JSON.parse(await said('report', '--json')) as Record<string, Record<string, unknown>>
    expect(facts['settings']?.['broker_url']).to.equal(
      `redis+socket://${worker.dataDir}/redis/redis.sock?virtual_host=10`,
    )
  })

  it('ends the worker, when what runs has ended', async () => {
    expect(await said('control', 'shutdown')).to.equal('shutdown was sent to 1 node; nobody replies to it\n')
    expect(await worker.exited).to.deep.equal({ code: 0, signal: null })
    expect(worker.printed.log().map(({ msg }) => msg)).to.include('told by remote control to stop')
  })
})
