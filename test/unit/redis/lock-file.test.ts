import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { acquireLock, withLock } from '../../../src/redis/lock-file.ts'
import { formatIdentity, identifyProcess } from '../../../src/redis/process-identity.ts'
import { setupFailure } from '../../support/setup-failure.ts'

describe('a lock file', () => {
  let folder: string

  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'lovage-lock-')), 'lock')
  })

  afterEach(async () => {
    await rm(join(folder, '..'), { recursive: true, force: true })
  })

  it('is held by one at a time', async () => {
    let inside = 0
    let most = 0
    const enter = async (): Promise<void> => {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setImmediate(resolve))
      inside -= 1
    }
    await Promise.all(Array.from({ length: 20 }, () => withLock(folder, { timeoutMs: 10_000 }, enter)))
    expect(most).to.equal(1)
    const left = await readdir(folder)
    expect(left, 'only the highest number is left').to.have.length(1)
    expect(await readFile(join(folder, left[0] ?? ''), 'utf8')).to.equal('')
  })

  it('names its holder, with the mode 600', async () => {
    const lock = await acquireLock(folder, { timeoutMs: 100 })
    const own = identifyProcess(process.pid)
    if (own === null) throw new Error('not found')
    expect(await readFile(join(folder, '1'), 'utf8')).to.equal(formatIdentity(own))
    await lock.release()
  })

  it('is released when the work fails', async () => {
    const failed = await withLock(folder, { timeoutMs: 100 }, () => Promise.reject(new Error('no'))).catch(String)
    expect(failed).to.equal('Error: no')
    await withLock(folder, { timeoutMs: 100 }, () => Promise.resolve())
  })

  it('says who holds it when the time is over', async () => {
    const lock = await acquireLock(folder, { timeoutMs: 100 })
    const message = await setupFailure('LOCKED', acquireLock(folder, { timeoutMs: 60 }))
    expect(message).to.contain(`process ${process.pid} has held the lock ${folder} for over 60 ms`)
    await lock.release()
  })

  it('stops waiting when it is told to', async () => {
    const lock = await acquireLock(folder, { timeoutMs: 100 })
    const ending = new AbortController()
    const waiting = acquireLock(folder, { timeoutMs: 10_000, signal: ending.signal }).catch((error: unknown) => error)
    ending.abort()
    expect(await waiting).to.have.property('name', 'AbortError')
    await lock.release()
    expect(await acquireLock(folder, { timeoutMs: 1, signal: ending.signal }).catch(() => 'aborted')).to.equal(
      'aborted',
    )
  })

  it('is taken over from a dead process', async () => {
    const { pid } = spawnSync('true')
    await mkdir(folder)
    await writeFile(join(folder, '7'), `${pid} 123 -`)
    await writeFile(join(folder, `draft-${pid}-x`), `${pid} 123 -`)
    const lock = await acquireLock(folder, { timeoutMs: 100 })
    expect(await readdir(folder)).to.deep.equal(['8'])
    await lock.release()
  })

  it('is taken over from a process whose number another one has now', async function () {
    const own = identifyProcess(process.pid)
    if (own === null || own.startedAt === null) this.skip()
    await mkdir(folder)
    await writeFile(join(folder, '1'), formatIdentity({ ...own, startedAt: '1' }))
    await (await acquireLock(folder, { timeoutMs: 100 })).release()
  })

  it('is taken over when a power cut has left its content in pieces', async () => {
    await mkdir(folder)
    await writeFile(join(folder, '3'), Buffer.alloc(40))
    await (await acquireLock(folder, { timeoutMs: 100 })).release()
    expect(await readdir(folder)).to.deep.equal(['4'])
  })

  it('can be released after its folder was removed', async () => {
    const lock = await acquireLock(folder, { timeoutMs: 100 })
    await rm(folder, { recursive: true })
    await lock.release()
  })

  it('says why it can not be made', async () => {
    await writeFile(join(folder, '..', 'file'), '')
    const error: unknown = await acquireLock(join(folder, '..', 'file'), { timeoutMs: 100 }).catch((e: unknown) => e)
    expect(String(error)).to.match(/EEXIST|ENOTDIR/)
  })
})
