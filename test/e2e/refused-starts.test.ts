import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { runProgram, startService, type Service } from '../support/service.ts'
import { databases } from './journey.ts'
import { celeryMessage } from './queue.ts'
import { makeTaskFolder, type TaskFolder } from './task-files.ts'

describe('a start that is refused', function () {
  this.timeout(60_000)
  let folder: TaskFolder
  let keeper: Service
  let broker: Redis
  const { raw } = celeryMessage('proj.add', [1, 2])

  before(async () => {
    folder = makeTaskFolder()
    // Keeps Redis running, and takes nothing from the queue of the others.
    keeper = await startService({ command: 'worker', args: ['-Q', 'other'] })
    broker = keeper.redis(databases.broker)
    await broker.lpush('celery', raw)
  })
  after(async () => {
    await keeper?.stop()
    folder.remove()
  })

  const cases: {
    what: string
    args: string[]
    expected: (string | RegExp)[]
    env?: Record<string, string>
    /** Default 2: what was typed is wrong. */
    exit?: number
  }[] = [
    { what: 'no such task file', args: ['-A', 'nowhere'], expected: ['no task file or folder nowhere in '], exit: 78 },
    {
      what: 'two tasks of one name',
      args: ['-A', 'clash'],
      exit: 78,
      expected: ['two tasks are named clash.same', /clash\/one\.mjs and .*clash\/two\.mjs/],
    },
    {
      what: 'a file without tasks',
      args: ['-A', 'empty.mjs'],
      exit: 78,
      expected: [/empty\.mjs: expected at least one exported defineTask\(\.\.\.\), came none/],
    },
    {
      what: 'a broken file',
      args: ['-A', 'broken'],
      exit: 78,
      expected: [/could not load the task file .*broken\.mjs: /],
    },
    {
      what: 'a TypeScript file that counts as CommonJS',
      args: ['-A', 'old'],
      exit: 78,
      expected: [/could not load the task file .*greeting\.ts: .*Name it \.mts, or put "type": "module"/],
    },
    {
      what: 'an unknown option',
      args: ['--concurency', '2'],
      expected: ["unknown option '--concurency'", 'Did you mean --concurrency?'],
    },
    { what: 'an option without its value', args: ['-P'], expected: [/-P, --pool <pool>' argument missing/] },
    { what: 'more words', args: ['celery'], expected: [/too many arguments/] },
    {
      what: 'a concurrency of letters',
      args: ['-c', 'many'],
      expected: ['worker.concurrency (from --concurrency): expected a whole number from 1 to 10000', 'came "many"'],
    },
    { what: 'a concurrency of 0', args: ['-c', '0'], expected: ['expected a whole number from 1 to 10000', 'came 0'] },
    {
      what: 'an unknown level',
      args: ['-l', 'loud'],
      expected: ['log.level (from --loglevel): expected debug, info, warn, error or silent', 'came "loud"'],
    },
    {
      what: 'an unknown pool',
      args: ['-P', 'fork'],
      expected: ['worker.pool (from --pool): expected threads, async or solo', 'came "fork"'],
    },
    { what: 'two tasks at once in the solo pool', args: ['-P', 'solo', '-c', '2'], expected: ['1 with the solo pool'] },
    {
      what: 'no queue that is left',
      args: ['-X', 'celery'],
      expected: ['expected queues that leave at least one of celery'],
    },
    {
      what: 'more files that are not there',
      args: ['-I', 'nowhere'],
      expected: ['no task file or folder nowhere in '],
      exit: 78,
    },
    {
      what: 'a multiplier of 0',
      args: ['--prefetch-multiplier', '0'],
      expected: ['expected a whole number from 1 to 256'],
    },
    {
      what: 'an option that only Celery has',
      args: ['--pidfile', 'x'],
      expected: ["there is no '--pidfile' here: a process stays in the foreground"],
    },
    { what: 'a queue with a blank', args: ['-Q', 'a b'], expected: ['worker.queues (from --queues): expected'] },
    { what: 'a name with a blank', args: ['-n', 'a b'], expected: ['worker.node (from --hostname): expected a name'] },
    { what: 'an address of no Redis', args: ['-b', 'here'], expected: ['redis.brokerUrl (from --broker): expected'] },
    {
      what: 'two faults at once, in the environment',
      args: [],
      exit: 78,
      env: { LEASE_MS: 'long', YUNTONGXUN_BASE_URL: 'http://example.com' },
      expected: ['LEASE_MS in the environment', 'YUNTONGXUN_BASE_URL in the environment'],
    },
  ]
  for (const { what, args, expected, env = {}, exit = 2 } of cases) {
    it(`${what}: exit code ${exit}, says why, and touches nothing`, async () => {
      const { code, signal, stdout, stderr } = await runProgram(['worker', '--data-dir', keeper.dataDir, ...args], {
        cwd: folder.path,
        env,
      })
      expect({ code, signal, stdout }).to.deep.equal({ code: exit, signal: null, stdout: '' })
      for (const part of expected) {
        if (typeof part === 'string') expect(stderr).to.include(part)
        else expect(stderr).to.match(part)
      }
      // A user's mistake needs no stack.
      expect(stderr).not.to.match(/^ +at /m)
      expect(await broker.lrange('celery', 0, -1)).to.deep.equal([raw])
      expect(await broker.scard('lovage:nodes')).to.equal(1)
      expect(await broker.keys('lovage:claims:*')).to.deep.equal([])
    })
  }

  it('an unknown command: exit code 2 and a suggestion', async () => {
    const { code, stderr } = await runProgram(['wroker'])
    expect(code).to.equal(2)
    expect(stderr).to.include("unknown command 'wroker'").and.include('Did you mean worker?')
  })
})
