import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { eventually } from '../support/eventually.ts'
import { runProgram, startService, type Service } from '../support/service.ts'

describe('lovage inspect ping', function () {
  this.timeout(90_000)
  let worker: Service

  before(async () => {
    worker = await startService({ command: 'worker', args: ['-c', '1', '-n', 'here'] })
  })
  after(() => worker.stop())

  function inspect(...args: string[]) {
    return runProgram(['inspect', 'ping', '--data-dir', worker.dataDir, ...args])
  }

  it('prints who is there, as Celery does', async () => {
    const { stdout } = await eventually(async () => {
      const ended = await inspect()
      expect(ended.code).to.equal(0)
      return ended
    })
    expect(stdout).to.equal('->  here: OK\n        pong\n\n1 node online.\n')
  })

  it('prints JSON for programs', async () => {
    const { stdout } = await inspect('--json', '--destination', 'here')
    expect(JSON.parse(stdout)).to.deep.equal({ here: { ok: 'pong' } })
  })

  it('ends with 69 where nobody replies', async () => {
    const { code, stderr, stdout } = await inspect('--destination', 'nobody', '--timeout', '0.2')
    expect({ code, stdout }).to.deep.equal({ code: 69, stdout: '' })
    expect(stderr).to.equal('lovage: No nodes replied within time constraint\n')
  })

  it('starts no Redis', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lv-')))
    try {
      const { code, stderr } = await runProgram(['inspect', 'ping', '--data-dir', folder])
      expect(code).to.equal(69)
      expect(stderr).to.contain('the embedded Redis does not run')
      expect(existsSync(join(folder, 'redis'))).to.equal(false)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('takes no time that makes no sense', async () => {
    const { code, stderr } = await inspect('--timeout', '0')
    expect(code).to.equal(2)
    expect(stderr).to.contain('expected seconds above 0')
  })
})
