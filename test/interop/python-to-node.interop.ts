import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { CeleryApp } from '../support/celery.ts'
import { createEngine, type TestEngine } from '../support/engine.ts'
import { eventually } from '../support/eventually.ts'
import { InteropLab } from './interop-lab.ts'

/** What a Python program has of tasks that run in Node: their names and their parameters. */
const source = `
import datetime
from celery.exceptions import SoftTimeLimitExceeded, TaskRevokedError, TimeLimitExceeded

@app.task(name='cross.add')
def add(a, b=10):
    raise NotImplementedError

def call(name, *args, **options):
    return app.send_task('cross.' + name, args=args, **options)

def touch(path):
    open(path, 'w').close()

def within(what, seconds=20):
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, 'it did not come true'
        time.sleep(0.01)

def error_of(result):
    try:
        return ['no error', result.get(timeout=20)]
    except Exception as error:
        return [type(error).__name__, str(error)]

def now():
    seconds, microseconds = app.backend.client.time()
    return seconds + microseconds / 1e6
`

/** Each option that a Python client can give has a test here that fails where the option is passed over. */
describe('a Python client and tasks that run in Node', function () {
  this.timeout(60_000)
  const tasks = ['test/fixtures/tasks/crossing.ts']
  const lab = new InteropLab(source, { tasks })
  const folder = mkdtempSync(join(tmpdir(), 'lovage-crossing-'))
  let app: CeleryApp
  let engine: TestEngine
  let files = 0

  before(async () => {
    ;({ app, engine } = await lab.open())
    await engine.worker.start()
  })
  after(async () => {
    await lab.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A path of a file that is not there yet. */
  function newFile(): string {
    files += 1
    return join(folder, `file-${files}`)
  }
  const linesOf = (file: string): string[] => readFileSync(file, 'utf8').trim().split('\n')

  /** One more engine on the same Redis, which serves a queue of its own, one task at a time. */
  async function withWorkerOf<T>(queue: string, use: (other: TestEngine) => Promise<T>): Promise<T> {
    const socketPath = String(engine.redis.options.path)
    const other = await createEngine({ socketPath, prefix: '', tasks, node: queue, queues: [queue], concurrency: 1 })
    try {
      await other.worker.start()
      return await use(other)
    } finally {
      await other.close()
    }
  }

  describe('results', () => {
    it('delay() gives the value, with arguments by place, by name and left out', async () => {
      const answer = await app.run(`
results = [add.delay(1, 2), add.delay(a=1, b=2), add.delay(1, b=2), add.delay(1), app.signature('cross.add', (1,), {'b': 2}).delay()]
answer = [result.get(timeout=20) for result in results]
`)
      expect(answer).to.deep.equal([3, 3, 3, 11, 3])
    })

    it('a call that does not fit fails in Python’s words, and is kept', async () => {
      const answer = await app.run(`
calls = [{'kwargs': {'c': 1}}, {'args': [1], 'kwargs': {'a': 1}}, {'kwargs': {'b': 1}}, {}]
answer = [error_of(app.send_task('cross.add', **call)) for call in calls]
# Python itself says so of its own function.
def own(a, b=10): pass
own.__name__ = own.__qualname__ = 'cross.add'
def says(call):
    try:
        own(*call.get('args', ()), **call.get('kwargs', {}))
    except TypeError as error:
        return ['TypeError', str(error)]
answer = [answer, [says(call) for call in calls]]
`)
      const [ours, pythons] = answer as [unknown, unknown]
      expect(ours).to.deep.equal(pythons)
      expect(pythons).to.have.length(4)
      const reasons = (await engine.aside('dead')).map(({ note }) => note['reason'])
      expect(reasons).to.include("TypeError: cross.add() missing 1 required positional argument: 'a'")
    })

    it('get() raises what the task threw, by its class and message, with its stack', async () => {
      const answer = (await app.run(`
failed, refused = call('fails', 'too far'), call('refused', '138')
answer = [error_of(failed), failed.state, failed.traceback, error_of(refused)]
`)) as [unknown, string, string, unknown]
      expect([answer[0], answer[1], answer[3]]).to.deep.equal([
        ['RangeError', 'too far'],
        'FAILURE',
        ['SmsRejected', 'no such number: 3 digits'],
      ])
      expect(answer[2]).to.match(/^RangeError: too far\n +at .*crossing\.ts/)
    })

    it('a state is seen while it runs: STARTED, then the task’s own', async () => {
      const file = newFile()
      const answer = await app.run(`
result = call('reports', '${file}')
within(lambda: result.state == 'STARTED')
seen = [result.state, sorted(result.info)]
touch('${file}.progress')
within(lambda: result.state == 'PROGRESS')
seen += [result.info]
touch('${file}.go')
answer = seen + [result.get(timeout=20), result.state]
`)
      expect(answer).to.deep.equal(['STARTED', ['hostname', 'pid'], { done: 1, of: 3 }, 'all', 'SUCCESS'])
    })

    it('forget() drops it', async () => {
      const answer = (await app.run(`
result = call('add', 1, 2)
result.get(timeout=20)
answer = [result.id, app.backend.client.exists('celery-task-meta-' + result.id)]
result.forget()
answer += [app.backend.client.exists('celery-task-meta-' + result.id), app.AsyncResult(result.id).state]
`)) as unknown[]
      expect(answer.slice(1)).to.deep.equal([1, 0, 'PENDING'])
    })

    it('ignore_result leaves none', async () => {
      const file = newFile()
      const answer = await app.run(`
ignored, kept = call('note', 'a', '${file}', ignore_result=True), call('note', 'b', '${file}')
kept.get(timeout=20)
within(lambda: len(open('${file}').readlines()) == 2)
# What ends a task and what stores its result are one step: once nothing is claimed any more, all is stored that will be.
within(lambda: not [key for key in app.backend.client.scan_iter('lovage:claims:*:*')])
answer = [app.backend.client.exists('celery-task-meta-' + result.id) for result in (ignored, kept)]
`)
      expect(answer).to.deep.equal([0, 1])
    })
  })

  describe('when and where it runs', () => {
    it('countdown and eta: not before, by the clock of Redis', async () => {
      const file = newFile()
      const answer = (await app.run(`
sent_at = now()
eta = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=0.7)
later = [call('note', 'countdown', '${file}', countdown=0.7), call('note', 'eta', '${file}', eta=eta)]
first = call('note', 'first', '${file}')
answer = [result.get(timeout=20) - sent_at for result in (first, *later)]
`)) as [number, number, number]
      expect(answer[1]).to.be.at.least(0.7)
      expect(answer[2]).to.be.at.least(0.7)
      expect(linesOf(file)[0]).to.equal('first')
    })

    it('expires: one that is over by then is REVOKED, and not run', async () => {
      const file = newFile()
      const answer = await app.run(`
past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=5)
late = call('note', 'late', '${file}', expires=past)
short = call('note', 'short', '${file}', expires=0.1, countdown=0.5)
good = call('note', 'good', '${file}', expires=60)
good.get(timeout=20)
answer = [error_of(late), late.state, error_of(short), short.state]
`)
      const revoked = [['TaskRevokedError', 'expired'], 'REVOKED']
      expect(answer).to.deep.equal([...revoked, ...revoked])
      expect(linesOf(file)).to.deep.equal(['good'])
    })

    it('queue: it waits there for a worker of that queue; priority: 0 is served first', async () => {
      const file = newFile()
      const answer = await app.run(`
for priority in (9, 6, 3, 0, 9, 0):
    call('note', priority, '${file}', queue='ranked', priority=priority)
call('add', 1, 2).get(timeout=20)
answer = [os.path.exists('${file}'), app.backend.client.llen('ranked')]
`)
      // Two of them are on the list of priority 0, the others on those of the lower ones.
      expect(answer).to.deep.equal([false, 2])
      const noted = await withWorkerOf('ranked', () =>
        eventually(() => {
          expect(linesOf(file)).to.have.length(6)
          return linesOf(file)
        }),
      )
      expect(noted).to.deep.equal(['0', '0', '3', '6', '9', '9'])
    })

    it('task_id is its id', async () => {
      const answer = await app.run(`
result = call('add', 1, 2, task_id='the-id-i-want')
answer = [result.id, app.AsyncResult('the-id-i-want').get(timeout=20)]
`)
      expect(answer).to.deep.equal(['the-id-i-want', 3])
    })

    it('retries: the task has had so many', async () => {
      expect(await app.run(`answer = call('retried', retries=2).get(timeout=20)`)).to.equal(2)
    })

    it('headers go with the message, whatever becomes of it', async () => {
      await app.run(`error_of(call('fails', 'with headers', task_id='headed', headers={'tenant': 'x'}))`)
      const dead = (await engine.aside('dead')).find(({ raw }) => raw?.includes('"headed"'))
      const message = JSON.parse(String(dead?.raw)) as { headers: object }
      expect(message.headers).to.include({ id: 'headed', tenant: 'x' })
    })
  })

  describe('how it ends', () => {
    it('time_limit ends it, soft_time_limit tells it: with the errors that Celery’s users catch', async () => {
      const file = newFile()
      const answer = await app.run(`
hard, soft = call('spins', time_limit=0.3), call('held', '${file}', soft_time_limit=0.3)
def caught(result, expected):
    try:
        result.get(timeout=20)
    except expected as error:
        return [type(error).__module__, type(error).__name__, result.state]
answer = [caught(hard, TimeLimitExceeded), caught(soft, SoftTimeLimitExceeded)]
`)
      expect(answer).to.deep.equal([
        ['billiard.exceptions', 'TimeLimitExceeded', 'FAILURE'],
        ['billiard.exceptions', 'SoftTimeLimitExceeded', 'FAILURE'],
      ])
    })

    it('link is called with the result, link_error with the id of the one that failed', async () => {
      const file = newFile()
      const answer = (await app.run(`
told = app.signature('cross.note', args=('${file}',))
good = app.signature('cross.add', (1, 2)).apply_async(link=told, link_error=told)
good.get(timeout=20)
within(lambda: os.path.exists('${file}'))
bad = app.signature('cross.fails', ('broken',)).apply_async(link=told, link_error=told)
error_of(bad)
within(lambda: len(open('${file}').readlines()) == 2)
answer = bad.id
`)) as string
      expect(linesOf(file)).to.deep.equal(['3', answer])
    })

    it('revoke() keeps one from starting that waits for its time', async () => {
      const file = newFile()
      const answer = await app.run(`
revoked = call('note', 'revoked', '${file}', countdown=1)
revoked.revoke()
other = call('note', 'other', '${file}', countdown=1)
other.get(timeout=20)
answer = [error_of(revoked), revoked.state]
`)
      expect(answer).to.deep.equal([['TaskRevokedError', 'revoked'], 'REVOKED'])
      expect(linesOf(file)).to.deep.equal(['other'])
    })

    it('revoke(terminate=True) ends one that runs, and leaves one alone that does not terminate', async () => {
      const file = newFile()
      const answer = await app.run(`
spinning, held = call('spins'), call('held', '${file}')
within(lambda: spinning.state == held.state == 'STARTED')
held.revoke()
spinning.revoke(terminate=True)
answer = [error_of(spinning), spinning.state]
touch('${file}.go')
answer += [held.get(timeout=20), call('add', 1, 2).get(timeout=20)]
`)
      expect(answer).to.deep.equal([['TaskRevokedError', 'terminated'], 'REVOKED', 'let go', 3])
      expect(existsSync(`${file}.go`)).to.equal(true)
    })
  })
})
