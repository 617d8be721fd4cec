import { join } from 'node:path'
import { expect } from 'chai'
import { databases } from '../e2e/journey.ts'
import { makeTaskFolder, type TaskFolder } from '../e2e/task-files.ts'
import { CeleryApp, celeryUrl } from '../support/celery.ts'
import { program, startService, type Service } from '../support/service.ts'

/** Captures events with Celery's own receiver into Celery's own picture of a cluster, until the tasks that it sends have ended. */
const capture = `
state = app.events.State()
sent = {}

def ended():
    tasks = [state.tasks.get(id) for id in sent.values()]
    return all(task is not None and task.state in ('SUCCESS', 'FAILURE', 'REVOKED') for task in tasks)

def on_event(event):
    state.event(event)
    if not sent:
        sent['add'] = app.send_task('proj.add', args=[2, 3]).id
        sent['boom'] = app.send_task('proj.boom').id
        sent['late'] = app.send_task('proj.add', args=[4, 5], expires=0.001).id
    receiver.should_stop = ended()

with app.connection() as connection:
    receiver = app.events.Receiver(connection, handlers={'*': on_event})
    receiver.capture()

def worker(each):
    return {'alive': each.alive, 'software': [each.sw_ident, each.sw_sys], 'freq': each.freq, 'loads': len(each.loadavg)}

def task(id):
    each = state.tasks[id]
    return {'state': each.state, 'name': each.name, 'worker': each.worker.hostname, 'args': each.args,
            'result': each.result, 'exception': each.exception, 'runs': each.runtime is not None}

answer = {'workers': {name: worker(each) for name, each in state.workers.items()},
          'tasks': {name: task(id) for name, id in sent.items()},
          'clocks': [each.clock for id, each in state.tasks_by_time(reverse=False)]}
`

/** Runs a program until it has printed a text, then ends it. */
const untilPrinted = `
import signal, subprocess, sys, threading

def until_printed(command, text, act):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    clock = threading.Timer(20, process.kill)
    clock.start()
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip('\\n'))
        # Each prints this line before it listens: whatever is done then must be done again until it is heard.
        if len(lines) == 1:
            stop = act()
        if text in line:
            process.send_signal(signal.SIGINT)
            break
    clock.cancel()
    stop()
    process.stdout.close()
    return lines, process.wait()
`

describe('events beside a real Celery', function () {
  this.timeout(120_000)
  let folder: TaskFolder
  let worker: Service
  let app: CeleryApp

  before(async () => {
    folder = makeTaskFolder()
    worker = await startService({
      command: 'worker',
      args: ['-E', '-c', '2', '-n', 'lovage', '-A', 'proj'],
      cwd: folder.path,
    })
    app = new CeleryApp({ url: celeryUrl(join(worker.dataDir, 'redis/redis.sock'), databases.broker), source: '' })
  })
  after(async () => {
    await app?.close()
    await worker?.stop()
    folder?.remove()
  })

  it("are Celery's own picture of a cluster", async () => {
    const { workers, tasks, clocks } = (await app.run(capture)) as Record<string, unknown>
    expect(workers).to.deep.equal({ lovage: { alive: true, software: ['lovage', 'Linux'], freq: 2, loads: 3 } })
    const common = { worker: 'lovage', result: null, exception: null, runs: false }
    expect(tasks).to.deep.equal({
      add: { ...common, state: 'SUCCESS', name: 'proj.add', args: '[2, 3]', result: '5', runs: true },
      boom: { ...common, state: 'FAILURE', name: 'proj.boom', args: '()', exception: "RangeError('too far')" },
      late: { ...common, state: 'REVOKED', name: 'proj.add', args: '[4, 5]' },
    })
    expect(clocks).to.be.an('array').with.length(3)
  })

  it('are printed by `celery events --dump`, and by `lovage events --dump` in the same words', async () => {
    const ours = [process.execPath, program, 'events', '--dump', '--data-dir', worker.dataDir]
    const printed = (await app.run(`${untilPrinted}
def send():
    done = threading.Event()
    def again():
        while not done.wait(0.2):
            app.send_task('proj.add', args=[2, 3], task_id='the-one')
    threading.Thread(target=again).start()
    return done.set
celery = [sys.executable, '-m', 'celery', '-A', 'lovage_celery', 'events', '--dump']
answer = [until_printed(command, 'task succeeded', send) for command in (celery, ${JSON.stringify(ours)})]`)) as [
      lines: string[],
      code: number,
    ][]
    const words = printed.map(([lines]) =>
      ['task received', 'task started'].map((what) =>
        lines
          .find((line) => line.includes(what))
          ?.replace(/\[[^\]]+\]/, '[]')
          .replace(/, local_received=[\d.]+/, '')
          .replace(/clock=\d+/, 'clock=0'),
      ),
    )
    expect(words[0]?.[0]).to.match(
      /^lovage \[\] task received: proj\.add\(the-one\) args=\[2, 3\] kwargs=\{\} clock=0, /,
    )
    expect(words[1]).to.deep.equal(words[0])
    expect(printed[1]?.[1], 'exit code').to.equal(0)
  })

  it('are switched by `celery control`, which prints what it prints for its own workers', async () => {
    const control = async (command: string): Promise<unknown> =>
      app.run(`
import subprocess, sys
ended = subprocess.run([sys.executable, '-m', 'celery', '-A', 'lovage_celery', 'control', '${command}'],
                       capture_output=True, text=True)
answer = ended.stdout.splitlines()[:2]`)
    const said = (text: string): string[] => ['->  lovage: OK', `        task events ${text}`]
    expect(await control('enable_events')).to.deep.equal(said('already enabled'))
    expect(await control('disable_events')).to.deep.equal(said('disabled'))
    expect(await control('disable_events')).to.deep.equal(said('already disabled'))
    expect(await control('enable_events')).to.deep.equal(said('enabled'))
    expect(await control('heartbeat')).to.deep.equal(['->  lovage: OK', '    None'])
  })

  it('are a table on a terminal, until q', async () => {
    const command = [process.execPath, program, 'events', '--data-dir', worker.dataDir]
    const [printed, code] = (await app.run(`
import fcntl, os, pty, select, struct, subprocess, termios
master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 40, 160, 0, 0))
process = subprocess.Popen(${JSON.stringify(command)}, stdin=slave, stdout=slave, stderr=slave)
os.close(slave)
printed = b''
deadline = time.monotonic() + 20
asked = False
while time.monotonic() < deadline:
    if select.select([master], [], [], 0.2)[0]:
        try:
            printed += os.read(master, 65536)
        except OSError:
            break
    # The table is there; whether it listens yet nobody knows.
    if b'HEARTBEAT' in printed and not asked:
        app.send_task('proj.add', args=[2, 3])
    if b'proj.add' in printed and b'lovage 0.' in printed and not asked:
        asked = True
        os.write(master, b'q')
process.kill() if not asked else None
answer = [printed.decode(), process.wait(10)]`)) as [string, number]
    expect(code).to.equal(0)
    expect(printed.startsWith('\x1b[?1049h\x1b[?25l')).to.equal(true)
    expect(printed.endsWith('\x1b[?25h\x1b[?1049l')).to.equal(true)
  })
})
