import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { freePort } from '../e2e/free-port.ts'
import { makeTaskFolder, type TaskFolder } from '../e2e/task-files.ts'
import { CeleryApp } from '../support/celery.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { program, projectRoot, startService, type Service } from '../support/service.ts'
import { goldenReply, shapeOf } from '../unit/engine/worker/controlled-node.ts'

/** The ids that the recorded texts have. */
const slow = 'aaaaaaaa-0000-0000-0000-000000000001'
const later = 'aaaaaaaa-0000-0000-0000-000000000002'

/** A task that goes on until a file is there, under the name that the recorded texts have. */
const slowTask = `
import { existsSync } from 'node:fs'
import { defineTask } from '${pathToFileURL(join(projectRoot, 'dist/src/engine/task.js')).href}'
export const slow = defineTask('proj.slow', {}, async (_context, _seconds) => {
  while (!existsSync('open')) await new Promise((resolve) => setTimeout(resolve, 10))
})
`

/** What a real Celery printed below each heading. */
function printed(name: string): Map<string, string> {
  const text = readFileSync(new URL(`../fixtures/celery/${name}`, import.meta.url), 'utf8')
  const parts = text.split(/^## /m).slice(1)
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]))
}

/** What is another at each time and in each process; Celery acknowledges early where nobody says otherwise. */
function comparable(text: string): string {
  return text
    .replaceAll(/'time_start': [\d.]+/g, "'time_start': T")
    .replaceAll(/'worker_pid': \d+/g, "'worker_pid': P")
    .replaceAll(/'acknowledged': \w+/g, "'acknowledged': A")
    .replaceAll(/'eta': '[^']+'/g, "'eta': E")
}

/** Runs command lines in one process of Celery's, through its own entry point. */
const manyCommands = (url: string, lines: readonly string[]): string => `
from click.testing import CliRunner
from celery.bin.celery import celery
answer = {}
for line in json.loads(${JSON.stringify(JSON.stringify(lines))}):
    ended = CliRunner().invoke(celery, ['-b', '${url}'] + line.split(' '))
    answer[line] = [ended.exit_code, ended.stdout]
`

const askAll = `
look = app.control.inspect(timeout=10, limit=1)
answer = {
    'ping': look.ping(), 'active': look.active(), 'safe': look.active(safe=True), 'reserved': look.reserved(),
    'scheduled': look.scheduled(), 'revoked': look.revoked(), 'registered': look.registered('max_retries'),
    'stats': look.stats(), 'active_queues': look.active_queues(), 'conf': look.conf(with_defaults=True),
    'query_task': look.query_task('${slow}', 'nobody'), 'report': look.report(), 'clock': look.clock(),
    'memsample': look.memsample(),
}
def pattern(matcher, text):
    return app.control.inspect(timeout=1, pattern=text, matcher=matcher).ping()
answer['patterns'] = [pattern('glob', 'w?@*'), pattern('pcre', 'w[0-9]'), pattern('glob', 'x*')]
answer['named'] = app.control.inspect(['w1@vm'], timeout=10).ping()
answer['others'] = app.control.inspect(['w2@vm'], timeout=0.5).ping()
`

describe('remote control by a real Celery', function () {
  this.timeout(120_000)
  let folder: TaskFolder
  let server: RedisServer
  let worker: Service
  let app: CeleryApp
  let url: string

  before(async () => {
    folder = makeTaskFolder()
    writeFileSync(join(folder.path, 'proj/slow.mjs'), slowTask)
    const port = await freePort()
    server = await startRedis({ args: ['--bind', '127.0.0.1', '--port', String(port)] })
    url = `redis://127.0.0.1:${port}/0`
    const args = ['-b', url, '-A', 'proj.arithmetic,proj.slow', '-c', '2', '-n', 'w1@vm']
    worker = await startService({ command: 'worker', args, cwd: folder.path })
    app = new CeleryApp({ url, source: '' })
    await app.run(`
app.send_task('proj.slow', args=[30], task_id='${slow}')
app.send_task('proj.add', args=[1, 2], task_id='${later}', countdown=600)
while not (app.control.inspect(timeout=10, limit=1).active() or {}).get('w1@vm'):
    pass
`)
  })
  after(async () => {
    await app?.close()
    await worker?.stop()
    await server?.stop()
    folder?.remove()
  })

  it('gets what it gets of its own workers', async () => {
    const told = (await app.run(askAll)) as Record<string, Record<string, unknown> | null>
    const of = (command: string): unknown => told[command]?.['w1@vm']
    const pong = { 'w1@vm': { ok: 'pong' } }
    expect(told['ping']).to.deep.equal(pong)
    expect([told['patterns'], told['named'], told['others']]).to.deep.equal([[pong, pong, null], pong, null])
    for (const command of ['active', 'query_task', 'scheduled']) {
      const text = (value: unknown): string =>
        comparable(JSON.stringify(value).replaceAll('"', "'").replaceAll(':', ': '))
      expect(text(of(command)).toLowerCase(), command).to.equal(text(goldenReply(command)).toLowerCase())
    }
    expect(of('safe')).to.have.nested.property('[0].args').that.is.oneOf(['[30]', '(30,)'])
    expect(of('reserved')).to.deep.equal([])
    expect(of('revoked')).to.deep.equal([])
    expect(of('registered')).to.deep.equal(
      ['proj.add', 'proj.boom', 'proj.slow'].map((name) => `${name} [max_retries=3]`),
    )
    expect(of('active_queues')).to.deep.equal(goldenReply('active_queues'))
    const stats = of('stats') as Record<string, unknown>
    const { total, ...golden } = goldenReply('stats') as Record<string, unknown>
    expect(total).to.be.an('object')
    expect(stats).to.have.keys('total', ...Object.keys(golden))
    expect(stats).to.deep.include({ total: { 'proj.slow': 1 }, pid: worker.pid })
    expect(shapeOf(stats['rusage'])).to.deep.equal(shapeOf(golden['rusage']))
    const own = { port: Number(new URL(url).port), connect_timeout: 1.5, heartbeat: 0 }
    expect(stats['broker']).to.deep.equal({ ...(golden['broker'] as object), ...own })
    expect(of('conf')).to.include({ worker_concurrency: 2, enable_utc: true, task_default_queue: 'celery' })
    expect(of('report'))
      .to.have.property('ok')
      .that.matches(/^\nsoftware -> lovage:/)
    expect(of('clock')).to.have.property('clock').that.is.greaterThan(0)
    expect(of('memsample')).to.match(/MB$/)
  })

  it('`celery inspect` and `celery status` print what they print of Celery', async () => {
    const texts = printed('inspect_text.txt')
    const active = await app.command('-b', url, 'inspect', 'active')
    expect(comparable(active.stdout)).to.equal(comparable(texts.get('inspect(text) active') ?? ''))
    const others = (await app.run(
      manyCommands(url, ['inspect scheduled', 'inspect stats', 'inspect registered', 'inspect ping']),
    )) as Record<string, [number, string]>
    const scheduled = others['inspect scheduled']?.[1] ?? ''
    expect(comparable(scheduled)).to.equal(comparable(texts.get('inspect(text) scheduled') ?? ''))
    // The recorded text was cut; the names of figures are compared, in their order.
    const names = (text = ''): string[] => [...text.matchAll(/^ *"([^"]+)":/gm)].map(([, name = '']) => name)
    const inPool = ['all', 'avg', 'inqueues', 'active', 'total', 'raw', 'strategy']
    const recorded = names(texts.get('inspect(text) stats')).filter((name) => !inPool.includes(name))
    const shown = names(others['inspect stats']?.[1])
    expect(shown.slice(0, recorded.length)).to.deep.equal(recorded)
    expect(others['inspect registered']?.[1]).to.equal(
      '->  w1@vm: OK\n    * proj.add\n    * proj.boom\n    * proj.slow\n\n1 node online.\n',
    )
    expect(others['inspect ping']).to.deep.equal([0, '->  w1@vm: OK\n        pong\n\n1 node online.\n'])
    expect(await app.command('-b', url, 'status')).to.deep.equal({
      code: 0,
      stdout: '->  w1@vm: OK\n\n1 node online.\n',
    })
  })

  it('`lovage status` is a table on a terminal, with colours unless NO_COLOR is set', async () => {
    const command = [process.execPath, program, 'status', '-b', url]
    const printed = (await app.run(`
import fcntl, os, pty, struct, subprocess, termios
def at_a_terminal(**more):
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
    # Whoever runs the tests may have said what he thinks of colours.
    env = {'PATH': os.environ['PATH'], 'TERM': 'xterm-256color', **more}
    process = subprocess.Popen(${JSON.stringify(command)}, stdin=slave, stdout=slave, stderr=slave, env=env)
    os.close(slave)
    printed = b''
    while True:
        try:
            read = os.read(master, 65536)
        except OSError:
            break
        if not read:
            break
        printed += read
    return [printed.decode(), process.wait(10)]
answer = [at_a_terminal(), at_a_terminal(NO_COLOR='1')]`)) as [[string, number], [string, number]]
    const [[painted, code], [plain]] = printed
    expect(code).to.equal(0)
    expect(painted).to.contain('\x1b[32mOK')
    expect(plain).not.to.contain('\x1b')
    const lines = plain.split('\r\n')
    expect(lines[0]).to.match(/^NODE +STATE +POOL +BUSY +TASKS +UP +PID$/)
    expect(lines[1]).to.match(/^w1@vm +OK +threads +\d+ of \d+ +\d+ +\d+[sm] +\d+$/)
    for (const line of lines) expect(line.length).to.be.at.most(80)
    expect(lines.slice(2)).to.deep.equal(['', '1 node online.', ''])
  })

  it('`celery control` prints what it prints of Celery', async () => {
    const texts = printed('control_text.txt')
    const lines = [
      `control revoke ${later}`,
      'control time_limit proj.add 5 10',
      'control pool_grow 1',
      'control pool_shrink 1',
      'control add_consumer q2',
      'control cancel_consumer q2',
      'control autoscale 4 2',
      'control rate_limit proj.add 10/m',
    ]
    // Of what is terminated nothing is known here.
    const unknown = 'control terminate KILL aaaaaaaa-0000-0000-0000-000000000009'
    const others = [
      'control rate_limit nobody 10/m',
      'control rate_limit proj.add often',
      'control rate_limit proj.add 0',
    ]
    const answers = (await app.run(manyCommands(url, [...lines, unknown, ...others]))) as Record<
      string,
      [number, string]
    >
    for (const line of lines) expect(answers[line], line).to.deep.equal([0, texts.get(line)])
    expect(answers[unknown]?.[1]).to.equal(texts.get(`control terminate KILL ${slow}`))
    expect(others.map((line) => answers[line]?.[1])).to.deep.equal([
      '->  w1@vm: ERROR\n        unknown task\n',
      '->  w1@vm: ERROR\n        Invalid rate limit string: expected a number per second, or text like 10/s, 10/m or 10/h, up to 1000000/s\n',
      '->  w1@vm: OK\n        new rate limit set successfully\n',
    ])
  })

  it('`celery control add_consumer` has a queue served, and `terminate` ends a task', async () => {
    expect(await app.command('-b', url, 'control', 'add_consumer', 'mail')).to.deep.equal({
      code: 0,
      stdout: '->  w1@vm: OK\n        add consumer mail\n',
    })
    const answer = await app.run(`
sums = app.send_task('proj.add', args=[2, 3], queue='mail').get(timeout=20)
ended = app.AsyncResult('${slow}')
app.control.terminate('${slow}', signal='SIGKILL')
try:
    ended.get(timeout=20)
except Exception as error:
    answer = [sums, type(error).__name__, ended.state]
`)
    expect(answer).to.deep.equal([5, 'TaskRevokedError', 'REVOKED'])
  })

  it('`celery control autoscale` sets the bounds of a pool that scales, and prints what it prints of Celery', async () => {
    const args = ['-b', url, '-A', 'proj.arithmetic', '--autoscale', '4,1', '-n', 'w2@vm']
    const scales = await startService({ command: 'worker', args, cwd: folder.path })
    try {
      const answer = await app.run(`
def of(told):
    return (told or {}).get('w2@vm')
ask = dict(destination=['w2@vm'], timeout=20, limit=1)
while not of(app.control.inspect(**ask).ping()):
    pass
stats = lambda: of(app.control.inspect(**ask).stats())['autoscaler']
before = stats()
grow = app.control.pool_grow(1, destination=['w2@vm'], reply=True, timeout=20, limit=1)
told = app.control.autoscale(10, 3, destination=['w2@vm'], reply=True, timeout=20, limit=1)
answer = [before, grow[0]['w2@vm'], told[0]['w2@vm'], stats()]
`)
      expect(answer).to.deep.equal([
        { max: 4, min: 1, current: 1, qty: 0 },
        { error: 'pool_grow is not supported with autoscale. Adjust autoscale range instead.' },
        { ok: 'autoscale now max=10 min=3' },
        { max: 10, min: 3, current: 3, qty: 0 },
      ])
      expect(await app.command('-b', url, 'control', '-d', 'w2@vm', 'autoscale', '8', '2')).to.deep.equal({
        code: 0,
        stdout: '->  w2@vm: OK\n        autoscale now max=8 min=2\n',
      })
    } finally {
      await scales.stop()
    }
  })

  it('`celery control shutdown` ends the worker, and prints what it prints of Celery', async () => {
    const { code, stdout } = await app.command('-b', url, 'control', 'shutdown')
    // Nobody replies to it: so Celery itself has it.
    expect([code, stdout]).to.deep.equal([69, ''])
    expect(await worker.exited).to.deep.equal({ code: 0, signal: null })
  })
})
