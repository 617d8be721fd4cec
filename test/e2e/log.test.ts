import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { createBrowser } from '../support/cookie-jar.ts'
import { ProcessOutput } from '../support/process-output.ts'
import { program, projectRoot, startService, type Service } from '../support/service.ts'
import { askForCode, databases, expectOk, newMobile, receivedCode } from './journey.ts'
import { resultOf, sendAsCelery } from './queue.ts'

type Line = Readonly<Record<string, unknown>>

const engine = (module: string): string => pathToFileURL(join(projectRoot, 'dist/src/engine', module)).href

const tasks = `import { TransientError } from '${engine('errors.js')}'
import { defineTask } from '${engine('task.js')}'
const options = { maxRetries: 1, retryBackoff: { seconds: 0.01, factor: 1, maxSeconds: 1 } }
export const tells = defineTask('log.tells', {}, async (context, text) => {
  await new Promise((resolve) => setTimeout(resolve, 20))
  context.log(text)
})
export const fails = defineTask('log.fails', options, () => { throw new TransientError('not today') })
`

describe('the log', function () {
  this.timeout(60_000)
  let folder: string
  let service: Service | undefined

  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'lv-log-')))
    mkdirSync(join(folder, 'log'))
    writeFileSync(join(folder, 'log/tasks.mjs'), tasks)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))
  afterEach(async () => {
    await service?.stop()
    service = undefined
  })

  const start = async (command: 'serve' | 'worker', ...args: string[]): Promise<Service> =>
    (service = await startService({ command, args, cwd: folder }))

  /** Waits for the lines about a task, until there are those that say so. */
  const linesOf = ({ printed }: Service, taskId: string, ...awaited: string[]): Promise<Line[]> =>
    printed.until(() => {
      const lines = printed.log().filter((line) => line['taskId'] === taskId)
      return awaited.every((text) => lines.some(({ msg }) => msg === text)) ? lines : null
    }, `${awaited.join()} of ${taskId}`)

  const without = ({ time, ...rest }: Line): Line => {
    expect(time).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    return rest
  }

  it('leads from a request to its task, by the id of the task, and shows no mobile', async () => {
    const one = await start('serve')
    const browser = createBrowser(one.url)
    const mobile = newMobile()
    expectOk(await browser.get(`/mobiles/${mobile}/count`))
    const answer = await askForCode(one.redis(databases.codes), browser, mobile)
    const taskId = String(expectOk(answer)['task_id'])
    await receivedCode(one, mobile)
    const lines = await linesOf(one, taskId, 'task succeeded')
    const [request, task] = ['request', 'task succeeded'].map((msg) => lines.find((line) => line['msg'] === msg))
    expect(request).to.include({ level: 30, method: 'POST', route: '/sms_codes', status: 200, taskId })
    expect(request?.['requestId']).to.match(/^[\da-f-]{36}$/)
    expect(request?.['ms']).to.be.a('number')
    expect(task).to.include({ level: 30, task: 'ccp_send_sms_code', taskId, attempt: 1 })
    expect(task?.['ms']).to.be.a('number')
    expect(one.printed.stderr).not.to.contain(mobile)
    for (const line of one.printed.stderr.trim().split('\n')) {
      expect(JSON.parse(line), line).to.include.all.keys('level', 'time', 'msg')
    }
  })

  it('has what a task writes, and each of its runs, under its id: -l debug', async () => {
    const one = await start('worker', '-A', 'log', '-c', '1', '-l', 'debug')
    const broker = one.redis(databases.broker)
    const told = await sendAsCelery(broker, 'log.tells', ['half way'])
    // What it writes comes on a way of its own, and may come after its end.
    const found = (await linesOf(one, told, 'half way', 'task succeeded')).map(without)
    expect(found.map(({ msg }) => msg)).to.have.members(['task started', 'half way', 'task succeeded'])
    const [begun, wrote, ended] = ['task started', 'half way', 'task succeeded'].map((text) =>
      found.find(({ msg }) => msg === text),
    )
    const tells = { task: 'log.tells', taskId: told }
    expect(begun).to.deep.equal({ level: 20, ...tells, attempt: 1, queue: 'celery', msg: 'task started' })
    expect(wrote).to.deep.equal({ level: 30, ...tells, msg: 'half way' })
    const { ms, ...rest } = ended ?? {}
    expect(rest).to.deep.equal({ level: 30, ...tells, attempt: 1, msg: 'task succeeded' })
    expect(ms).to.be.at.least(19)

    const failed = await sendAsCelery(broker, 'log.fails')
    const lines = (await linesOf(one, failed, 'task failed')).map(({ level, attempt, msg, task, error }) => [
      level,
      attempt,
      msg,
      task,
      ...(error === undefined ? [] : [error]),
    ])
    const error = 'TransientError: not today'
    expect(lines).to.deep.equal([
      [20, 1, 'task started', 'log.fails'],
      [40, 1, 'task failed: it will be run again', 'log.fails', error],
      [20, 2, 'task started', 'log.fails'],
      [50, 2, 'task failed', 'log.fails', error],
    ])
  })

  const levels: [level: string, told: string[]][] = [
    ['INFO', ['half way', 'task succeeded', 'task failed: it will be run again', 'task failed']],
    ['warning', ['task failed: it will be run again', 'task failed']],
    ['error', ['task failed']],
    // The highest there is here.
    ['critical', ['task failed']],
  ]
  for (const [level, told] of levels) {
    it(`has no more than was asked for: -l ${level}`, async () => {
      const one = await start('worker', '-A', 'log', '-c', '1', '-l', level)
      const broker = one.redis(databases.broker)
      const ids = [await sendAsCelery(broker, 'log.tells', ['half way']), await sendAsCelery(broker, 'log.fails')]
      for (const id of ids) await resultOf(broker, id)
      one.signal('SIGTERM')
      await one.exited
      const lines = one.printed.log().filter(({ taskId }) => ids.includes(String(taskId)))
      expect(lines.map(({ msg }) => msg)).to.have.members(told)
    })
  }

  it('is readable on a terminal, a line for each event, with colours unless NO_COLOR is set', async () => {
    const coloured = await onTerminal({ TERM: 'xterm-256color' })
    expect(coloured)
      .to.match(/^\[\d\d:\d\d:\d\d\.\d{3}\] /m)
      .and.contain('\u001b[32mINFO\u001b[39m: ')
    const plain = await onTerminal({ TERM: 'xterm-256color', NO_COLOR: '1' })
    // The terminal shows what was typed.
    expect(plain).to.match(
      /^(?:\^C)?\[\d\d:\d\d:\d\d\.\d{3}\] INFO: stopping: running tasks end signal=SIGINT running=0\r?$/m,
    )
    expect(plain).to.match(/^\[[\d:.]+\] INFO: stopped handedBack=0\r?$/m)
    expect(plain).not.to.contain('\u001b[')
  })

  /** Runs a worker on a terminal, until Ctrl-C. @returns all that the terminal was given */
  async function onTerminal(env: Record<string, string>): Promise<string> {
    const dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'lv-')))
    const { PATH, HOME } = process.env
    const command = [process.execPath, program, 'worker', '-A', 'log', '-c', '1', '--data-dir', dataDir].join(' ')
    // util-linux's: runs a command on a terminal of its own.
    const child = spawn('script', ['-qefc', command, '/dev/null'], { cwd: folder, env: { PATH, HOME, ...env } })
    const output = new ProcessOutput(child)
    const closed = once(child, 'close')
    try {
      await output.waitFor(/ {2}tasks: /)
      child.stdin.write('\u0003')
      await closed
      return output.text()
    } finally {
      child.kill()
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 })
    }
  }
})
