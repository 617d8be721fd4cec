import { expect } from 'chai'
import { freePort } from '../e2e/free-port.ts'
import { makeTaskFolder, type TaskFolder } from '../e2e/task-files.ts'
import { CeleryApp } from '../support/celery.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { runProgram, startService, type Service } from '../support/service.ts'

const tasks = `
@app.task(name='python.join')
def join(first, *, second='', times=1):
    return ' '.join([first, second] * times)

@app.task(name='python.fail')
def fail():
    raise ValueError('too far')
`

describe('call, result and purge, beside a real Celery', function () {
  this.timeout(120_000)
  let folder: TaskFolder
  let server: RedisServer
  let worker: Service
  let app: CeleryApp
  let url: string

  before(async () => {
    folder = makeTaskFolder()
    const port = await freePort()
    server = await startRedis({ args: ['--bind', '127.0.0.1', '--port', String(port)] })
    url = `redis://127.0.0.1:${port}/0`
    app = new CeleryApp({ url, source: tasks })
    await app.startWorker({ queues: ['python'], pool: 'solo' })
    const args = ['-b', url, '-A', 'proj.arithmetic', '-c', '2']
    worker = await startService({ command: 'worker', args, cwd: folder.path })
  })
  after(async () => {
    await app?.close()
    await worker?.stop()
    await server?.stop()
    folder?.remove()
  })

  function lovage(...words: string[]) {
    return runProgram(['-b', url, ...words])
  }

  function celery(...words: string[]) {
    return app.command('-b', url, '--result-backend', url, ...words)
  }

  it('`lovage call` runs a Python task, with arguments by name, and later', async () => {
    const words = ['-q', 'python', '-a', '["one"]', '-k', '{"second": "two", "times": 2}', '--timeout', '30']
    expect(await lovage('call', 'python.join', ...words)).to.include({ code: 0, stdout: 'one two one two\n' })
    const later = await lovage('call', 'python.join', ...words, '--countdown', '0.5', '--expires', '60', '--json')
    expect(JSON.parse(later.stdout)).to.include({ state: 'SUCCESS', result: 'one two one two' })
  })

  it('`celery result` and `lovage result` print the same of a task that either has called', async () => {
    const ours = (await lovage('call', 'proj.add', '-a', '[[1, null], [{"a": true}]]')).stdout.trimEnd()
    const theirs = (await celery('call', 'proj.add', '-a', '["a\\u00e9", "b"]')).stdout.trimEnd()
    for (const [id, printed] of [
      [ours, '1,[object Object]\n'],
      [theirs, 'aéb\n'],
    ] as const) {
      expect(await lovage('result', id, '--timeout', '30')).to.include({ code: 0, stdout: printed })
      expect(await celery('result', id)).to.deep.equal({ code: 0, stdout: printed })
    }
  })

  it('both end with 1 where a Python task has failed, and print its traceback', async () => {
    const id = (await lovage('call', 'python.fail', '-q', 'python')).stdout.trimEnd()
    const failed = await lovage('result', id, '--timeout', '30')
    expect([failed.code, failed.stderr]).to.deep.equal([1, `lovage: task ${id}: FAILURE: ValueError: too far\n`])
    expect((await celery('result', id)).code).to.equal(1)
    const traced = await celery('result', id, '--traceback')
    expect(traced.stdout).to.match(/^Traceback /)
    expect((await lovage('result', id, '--traceback')).stdout.trimEnd()).to.equal(traced.stdout.trimEnd())
  })

  it('each purges what the other has sent, of all priorities, and says so in the same words', async () => {
    const send = async (): Promise<void> => {
      await app.run(`
for priority in (0, 3, 6, 9):
    app.send_task('nobodys.task', queue='idle', priority=priority)
`)
      for (const priority of ['0', '9']) await lovage('call', 'nobodys.task', '-q', 'idle', '--priority', priority)
    }
    await send()
    const ours = await lovage('purge', '-Q', 'idle', '-f')
    await send()
    const theirs = await celery('purge', '-Q', 'idle', '-f')
    expect(theirs).to.deep.equal({ code: 0, stdout: 'Purged 6 messages from 1 known task queue.\n' })
    expect([ours.code, ours.stdout]).to.deep.equal([theirs.code, theirs.stdout])
    const again = await lovage('purge', '-Q', 'idle', '-f')
    expect(again.stdout).to.equal((await celery('purge', '-Q', 'idle', '-f')).stdout)
  })
})
