import { expect } from 'chai'
import { Redis } from 'ioredis'
import { eventually } from '../support/eventually.ts'
import { startRedis } from '../support/redis-server.ts'
import { runProgram, startService, type Service } from '../support/service.ts'
import { freePort } from './free-port.ts'
import { databases } from './journey.ts'
import { makeTaskFolder, type TaskFolder } from './task-files.ts'

describe('lovage call, result and purge', function () {
  this.timeout(90_000)
  let folder: TaskFolder
  let worker: Service
  let broker: Redis

  before(async () => {
    folder = makeTaskFolder()
    worker = await startService({ command: 'worker', args: ['-A', 'proj.arithmetic', '-c', '2'], cwd: folder.path })
    broker = worker.redis(databases.broker)
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

  it('sends a task by its name, and reads what it gave', async () => {
    const id = (await said('call', 'proj.add', '-a', '[1, 2]')).trimEnd()
    expect(id).to.match(/^[\da-f-]{36}$/)
    expect(await said('result', id, '--timeout', '20')).to.equal('3\n')
    expect(JSON.parse(await said('result', id, '--json'))).to.deep.equal({
      id,
      state: 'SUCCESS',
      result: 3,
      traceback: null,
    })
    expect(await said('call', 'proj.add', '--args', '["a", "b"]', '--wait', '--timeout', '20')).to.equal('ab\n')
    const answer = JSON.parse(await said('call', 'proj.add', '-a', '[2, 2]', '--task-id', 'mine', '-w', '-j')) as object
    expect(answer).to.include({ id: 'mine', state: 'SUCCESS', result: 4 })
  })

  it('tells of a task that fails, with 1', async () => {
    const failed = await lovage('call', 'proj.boom', '--task-id', 'boom', '--timeout', '20')
    expect(failed).to.include({ code: 1, stdout: '', stderr: 'lovage: task boom: FAILURE: RangeError: too far\n' })
    expect((await lovage('result', 'boom', '--traceback')).stdout).to.match(/^RangeError: too far\n +at /)
  })

  it('ends with 75 where a task has not ended', async () => {
    const { id } = JSON.parse(await said('call', 'proj.add', '-a', '[1, 1]', '--countdown', '600', '--json')) as {
      id: string
    }
    for (const more of [[], ['--wait', '--timeout', '0.1']]) {
      const { code, stdout, stderr } = await lovage('result', id, ...more)
      expect([code, stdout, stderr]).to.deep.equal([
        75,
        '',
        `lovage: task ${id} has not ended: PENDING, or nobody knows of it\n`,
      ])
    }
    const waited = await lovage('call', 'proj.add', '-a', '[1, 1]', '--countdown', '600', '--timeout', '0.1', '--json')
    expect(waited.code).to.equal(75)
    expect(JSON.parse(waited.stdout)).to.include({ state: 'PENDING' })
  })

  it('shows nobody the arguments, and writes what Celery writes', async () => {
    const at = '2036-01-31T12:30:00Z'
    const words = ['call', 'other.task', '-a', '["secret"]', '-k', '{"key": "secret"}', '-q', 'nobodys', '--eta', at]
    await said(...words, '--expires', '2036-02-01', '--priority', '7')
    const [raw = ''] = await broker.lrange('nobodys\u0006\u00166', '0', '-1')
    const { body, headers } = JSON.parse(raw) as { body: string; headers: Record<string, unknown> }
    expect(raw).not.to.contain('secret')
    expect(JSON.parse(Buffer.from(body, 'base64').toString())).to.deep.equal([
      ['secret'],
      { key: 'secret' },
      { callbacks: null, errbacks: null, chain: null, chord: null },
    ])
    expect(headers).to.include({ task: 'other.task', argsrepr: '(...)', kwargsrepr: '{...}' })
    expect(headers).to.include({
      eta: '2036-01-31T12:30:00.000000+00:00',
      expires: '2036-02-01T00:00:00.000000+00:00',
    })
  })

  it('removes what waits on the queues it is told of, and asks where it is not forced', async () => {
    for (const queue of ['first', 'second', 'second']) await said('call', 'other.task', '-q', queue)
    const refused = await lovage('purge', '-Q', 'first')
    expect([refused.code, refused.stdout]).to.deep.equal([1, ''])
    expect(refused.stderr).to.contain('There is no terminal to ask on: expected --force')
    expect(await broker.llen('first')).to.equal(1)
    expect(await said('purge', '-Q', 'first,second', '-X', 'first', '-f')).to.equal(
      'Purged 2 messages from 1 known task queue.\n',
    )
    expect(JSON.parse(await said('purge', '-Q', 'first,second', '-f', '--json'))).to.deep.equal({
      purged: 1,
      scheduled: 0,
      queues: { first: 1, second: 0 },
    })
    expect(await said('purge', '-Q', 'first', '-f')).to.equal('No messages purged from 1 queue.\n')
    const wrong = await lovage('purge', '-Q', 'lovage:nodes', '-f')
    expect([wrong.code, wrong.stdout]).to.deep.equal([2, ''])
  })

  it('removes what waits before a worker starts with --purge', async () => {
    for (const queue of ['purged', 'purged', 'kept']) await said('call', 'proj.add', '-a', '[1, 2]', '-q', queue)
    const args = ['-A', 'proj.arithmetic', '-Q', 'purged,kept', '-X', 'kept', '--purge', '-n', 'second']
    const second = await startService({ command: 'worker', args, cwd: folder.path, dataDir: worker.dataDir })
    try {
      expect(second.output()).to.contain('purge: Erased 2 messages from the queue.\n')
      expect(second.output()).to.match(/^ {2}queues: +purged$/m)
      expect(await broker.llen('kept')).to.equal(1)
      expect(await said('call', 'proj.add', '-a', '[1, 2]', '-q', 'purged', '--timeout', '20')).to.equal('3\n')
    } finally {
      await second.stop()
    }
  })

  it('ends with 69 where Redis goes away while it waits', async () => {
    const port = await freePort()
    const server = await startRedis({ args: ['--bind', '127.0.0.1', '--port', String(port)] })
    const url = `redis://127.0.0.1:${port}`
    const waiting = runProgram(['result', 'x', '--timeout', '2', '-b', url])
    const client = new Redis(url).on('error', () => {})
    await eventually(async () => expect(await client.client('LIST')).to.contain('sub=1'))
    client.disconnect()
    await server.stop()
    const { code, stdout, stderr } = await waiting
    expect([code, stdout]).to.deep.equal([69, ''])
    expect(stderr)
      .to.match(/^lovage: Redis does not answer: /m)
      .and.not.match(/^ +at /m)
  })

  for (const [words, code, expected] of [
    [['call', 'x', '-a', '[secret'], 2, '--args: expected a JSON list, for example \'[1, "two"]\'; came 7 characters'],
    [['call', 'x', '-a', '-', '-k', '-'], 2, 'expected one of --args and --kwargs from standard input, came both'],
    [['call', ''], 2, 'the name of the task: expected 1 to'],
    [['call', 'x', '-q', 'a b'], 2, "expected a queue's name"],
    [['call', 'x', '--eta', '2036-01-31', '--countdown', '1'], 2, "cannot be used with option '--countdown"],
    [['call', 'x', '--exchange', 'e'], 2, "there is no '--exchange' here: a message goes on the list of a queue"],
    [['call', 'x', '--serializer', 'pickle'], 2, 'expected json'],
    [['result', ''], 2, 'expected the id of a task, came nothing'],
    [['result', 'x', '-b', 'redis://127.0.0.1:1'], 69, 'ECONNREFUSED'],
    [['result', 'x', '--result-backend', 'redis://127.0.0.1:1'], 69, 'ECONNREFUSED'],
    [['call', 'x', '-b', 'amqp://here'], 2, 'redis.brokerUrl (from --broker): expected'],
  ] as const) {
    it(`says what is wrong with ${words.join(' ')}`, async () => {
      const ended = await lovage(...words)
      expect([ended.code, ended.stdout]).to.deep.equal([code, ''])
      expect(ended.stderr).to.contain(expected).and.not.contain('secret')
    })
  }

  it('starts no Redis where there never was one', async () => {
    for (const words of [
      ['call', 'x'],
      ['result', 'x'],
      ['purge', '-f'],
      ['dead', 'list'],
    ]) {
      const { code, stderr } = await runProgram([...words, '--data-dir', `${folder.path}/nowhere`])
      expect([code, stderr]).to.deep.equal([
        69,
        `lovage: there is no embedded Redis in ${folder.path}/nowhere/redis: expected the --data-dir of a worker or service, or the --broker of its Redis\n`,
      ])
    }
  })
})
