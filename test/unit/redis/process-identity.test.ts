import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import { formatIdentity, identifyProcess, isAlive, parseIdentity } from '../../../src/redis/process-identity.ts'
import { eventually } from '../../support/eventually.ts'

describe('the identity of a process', () => {
  const hasProc = existsSync('/proc/self/stat')

  it('is found for a living process, whatever its name', async () => {
    const child = spawn('sh', ['-c', 'echo; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
    try {
      await once(child.stdout, 'data')
      const identity = identifyProcess(child.pid ?? 0)
      expect(identity).to.include({ pid: child.pid })
      if (hasProc) expect(identity?.startedAt).to.match(/^\d+$/)
      expect(isAlive(identity ?? { pid: 0, startedAt: null, boot: null })).to.equal(true)
      child.kill('SIGKILL')
      await once(child, 'exit')
      expect(isAlive(identity ?? { pid: 0, startedAt: null, boot: null })).to.equal(false)
      expect(identifyProcess(child.pid ?? 0)).to.equal(null)
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('tells another process with the same number apart', function () {
    if (!hasProc) this.skip()
    const own = identifyProcess(process.pid)
    if (own === null) throw new Error('not found')
    expect(isAlive(own)).to.equal(true)
    expect(isAlive({ ...own, startedAt: '1' })).to.equal(false)
    expect(isAlive({ ...own, boot: 'another' })).to.equal(false)
    expect(isAlive({ pid: own.pid, startedAt: null, boot: null })).to.equal(true)
  })

  it('does not take a zombie for alive', async function () {
    if (!hasProc) this.skip()
    // The shell becomes a program that never collects its child.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
    try {
      const [line]: unknown[] = await once(parent.stdout, 'data')
      const pid = Number(String(line))
      const identity = identifyProcess(pid)
      expect(identity).to.not.equal(null)
      // Until then it is a shell, which might collect it.
      await eventually(() => expect(readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).to.equal('sleep\n'))
      process.kill(pid, 'SIGKILL')
      await eventually(() => expect(identifyProcess(pid)).to.equal(null))
      // It is still there.
      process.kill(pid, 0)
    } finally {
      parent.kill('SIGKILL')
    }
  })

  it('survives being written and read', () => {
    const full = { pid: 12, startedAt: '345', boot: 'abc-def' }
    const bare = { pid: 12, startedAt: null, boot: null }
    expect(parseIdentity(formatIdentity(full))).to.deep.equal(full)
    expect(parseIdentity(formatIdentity(bare))).to.deep.equal(bare)
    for (const text of ['', '0', '-1 - -', 'x 1 2', '\0\0\0']) expect(parseIdentity(text)).to.equal(null)
  })
})
