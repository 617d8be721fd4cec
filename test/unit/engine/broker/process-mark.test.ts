import { expect } from 'chai'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { isAlive, processMark } from '../../../../src/engine/broker/process-mark.ts'

type Mark = [pid: number, start: string | null, namespace: string | null, boot: string | null]
const source = fileURLToPath(new URL('../../../../src/engine/broker/process-mark.ts', import.meta.url))
const program = `import { processMark } from ${JSON.stringify(source)}
process.stdout.write(processMark() + '\\n')
setInterval(() => {}, 1000)`

/** A process that told its mark and runs on. */
async function markedProcess(): Promise<{ child: ChildProcess; mark: string }> {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, mark: String(line).trim() }
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

describe('the mark of a process', () => {
  const own = JSON.parse(processMark()) as Mark

  before(function () {
    // Elsewhere a mark tells nothing.
    if (process.platform !== 'linux') this.skip()
  })

  it('names this process, its start, its namespace and the boot of the machine', () => {
    const [pid, start, namespace, boot] = own
    expect(pid).to.equal(process.pid)
    expect(start).to.match(/^[1-9]\d*$/)
    expect(namespace).to.match(/^pid:\[\d+\]$/)
    expect(boot).to.match(/^[0-9a-f-]{36}$/)
    expect(processMark()).to.equal(JSON.stringify(own))
  })

  it('tells that this process is alive', () => expect(isAlive(processMark())).to.equal(true))

  it('tells of another process whether it is alive', async () => {
    const { child, mark } = await markedProcess()
    try {
      expect((JSON.parse(mark) as Mark)[0]).to.equal(child.pid)
      expect(isAlive(mark)).to.equal(true)
    } finally {
      await end(child)
    }
    expect(isAlive(mark)).to.equal(false)
  })

  const [pid, start, namespace, boot] = own
  const marks: [what: string, mark: unknown, alive: boolean | null][] = [
    ['a process whose id another one has by now', [pid, String(Number(start) - 1), namespace, boot], false],
    ['a process that is not there', [2 ** 22 + 1, start, namespace, boot], false],
    ['another machine, or this one before it was started', [pid, start, namespace, boot?.replace(/.$/, 'x')], null],
    ['another container', [pid, start, 'pid:[1]', boot], null],
    ['a system that does not tell namespaces', [pid, start, null, boot], null],
    ['a system that does not tell its boot', [pid, start, namespace, null], null],
    ['a system that does not tell starts', [pid, null, namespace, boot], null],
    ['a process id that is text', [String(pid), start, namespace, boot], null],
    ['no process id', [null, start, namespace, boot], null],
    ['too little', [pid], null],
    ['an empty list', [], null],
    ['an object', { pid, start }, null],
    ['null', null, null],
    ['a figure', pid, null],
  ]
  for (const [what, mark, alive] of marks) {
    it(`tells ${alive === null ? 'nothing' : 'that it has ended'}: ${what}`, () => {
      expect(isAlive(JSON.stringify(mark))).to.equal(alive)
    })
  }

  for (const text of ['', '1', 'garbage', '[1, 2', `${process.pid}@host`]) {
    it(`tells nothing: the text "${text}"`, () => expect(isAlive(text)).to.equal(null))
  }
})
