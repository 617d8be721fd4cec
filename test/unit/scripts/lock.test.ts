import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, symlinkSync } from 'node:fs'
import { identify, withLock } from './load-scripts.ts'
import { TemporaryFolder } from './temporary-folder.ts'
import { eventually } from '../../support/eventually.ts'

describe('scripts/lock.mjs', () => {
  let folder: TemporaryFolder
  let path: string

  beforeEach(() => {
    folder = new TemporaryFolder()
    path = folder.path('deep/lock')
  })
  afterEach(() => folder.destroy())

  const isLocked = (): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined

  it('holds the lock for as long as the work lasts, and gives its result', async () => {
    const result = await withLock(path, async () => {
      expect(isLocked()).to.equal(true)
      return 7
    })
    expect(result).to.equal(7)
    expect(isLocked()).to.equal(false)
  })

  it('lets go when the work fails', async () => {
    const failing = withLock(path, async () => {
      throw new Error('broken')
    })
    let failure: unknown
    await failing.catch((error: unknown) => (failure = error))
    expect(String(failure)).to.equal('Error: broken')
    expect(isLocked()).to.equal(false)
  })

  it('lets one after the other work, and tells once who is waited for', async () => {
    let finish = (): void => {}
    const finished = new Promise<void>((resolve) => (finish = resolve))
    const order: string[] = []
    const first = withLock(path, async () => {
      await finished
      order.push('first')
    })
    const second = withLock(
      path,
      async () => void order.push('second'),
      (holder) => {
        order.push(`waits for ${holder}`)
        finish()
      },
    )
    await Promise.all([first, second])
    expect(order).to.deep.equal([`waits for ${process.pid}`, 'first', 'second'])
  })

  it('lets only one at a time of many take over the lock of a dead process', async () => {
    const dead = spawn(process.execPath, ['--eval', '0'])
    await once(dead, 'exit')
    let working = 0
    let most = 0
    folder.write('deep/.keep')
    symlinkSync(`${dead.pid} 1`, path)
    const work = async (): Promise<void> => {
      working += 1
      most = Math.max(most, working)
      await new Promise((resolve) => setImmediate(resolve))
      working -= 1
    }
    await Promise.all(Array.from({ length: 5 }, async () => withLock(path, work)))
    expect(most).to.equal(1)
    expect(isLocked()).to.equal(false)
  })

  it('knows a process for as long as it runs', async () => {
    const child = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1_000)'])
    const exited = once(child, 'exit')
    const pid = child.pid ?? 0
    const identity = identify(pid)
    expect(identity).to.match(new RegExp(`^${pid}( \\d+)?$`))
    expect(identify(pid)).to.equal(identity)
    child.kill('SIGKILL')
    await exited
    await eventually(() => expect(identify(pid)).to.equal(undefined))
  })
})
