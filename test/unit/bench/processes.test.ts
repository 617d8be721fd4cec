import { expect } from 'chai'
import { Processes } from './load-bench.ts'

const node = (code: string): string[] => [process.execPath, '-e', code]

const reasonOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise
  } catch (error) {
    return String(error)
  }
  throw new Error('it did not fail')
}

describe('bench/harness/processes.mjs', () => {
  let processes: InstanceType<typeof Processes>

  beforeEach(() => {
    processes = new Processes()
  })
  afterEach(() => processes.endAll())

  it('reads the line of JSON that a program says', async () => {
    expect(await processes.json(node(`console.log('hello'); console.log('{"rate":3}')`))).to.deep.equal({ rate: 3 })
  })

  it('fails with what a program said when it crashes', async () => {
    const command = node(`console.error('no such thing'); process.exit(3)`)
    expect(await reasonOf(processes.json(command))).to.match(/(exit code 3|without saying)[^]*no such thing/)
    expect(await reasonOf(processes.failed))
      .to.contain('exit code 3')
      .and.contain('no such thing')
  })

  it('fails when a program can not be started', async () => {
    processes.start(['/there/is/no/such/program'])
    expect(await reasonOf(processes.failed)).to.contain('ENOENT')
  })

  it('fails when a program ends well without having said what is waited for', async () => {
    expect(await reasonOf(processes.json(node('')))).to.contain('ended without saying')
  })

  it('tells a program something, and ends it', async () => {
    const started = processes.start(node(`process.stdin.on('data', (text) => console.log('heard ' + text))`))
    started.tell('go')
    expect(await started.said(/heard/)).to.equal('heard go')
    await started.end()
    expect(() => process.kill(started.pid, 0)).to.throw('ESRCH')
  })
})
