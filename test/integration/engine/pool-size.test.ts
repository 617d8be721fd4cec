import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { outcomesOf, PoolLab, type Running } from '../../support/pool-lab.ts'
import { eventually } from '../../support/eventually.ts'
import type { ThreadPool } from '../../../src/engine/pool/thread-pool.ts'

/** A pool of real threads that gets another size, or other threads, while jobs are on it. */
describe('a pool that is changed while it runs', function () {
  this.timeout(60_000)
  const lab = new PoolLab()
  const alone = { expectedMs: null }

  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  /** Jobs that have begun, and go on until they are let go. */
  async function held(pool: ThreadPool, count: number): Promise<Running[]> {
    const before = lab.notes().length
    const running = Array.from({ length: count }, () => lab.run(pool, 'fault.held', [lab.notebook], alone))
    await eventually(() => expect(lab.notes()).to.have.length(before + count))
    return running
  }

  const threadsOf = async (running: readonly Running[]): Promise<unknown[]> =>
    (await outcomesOf(running)).map((outcome) => (outcome.kind === 'success' ? outcome.result : outcome.kind))

  const threads = (pool: ThreadPool, count: number): Promise<unknown> =>
    eventually(() => expect(pool.threadIds).to.have.length(count), { timeoutMs: 10_000 })

  it('runs more jobs at once when it has grown, also those that wait already', async () => {
    const pool = await lab.pool(1)
    const first = await held(pool, 1)
    const waits = [1, 2].map(() => lab.run(pool, 'fault.held', [lab.notebook], alone))
    expect(pool.threadOf(waits[0]?.job.key ?? 0)).to.equal(null)
    pool.resize(3)
    await eventually(() => expect(lab.notes(), 'all three run').to.have.length(3))
    expect(waits.map(({ job }) => pool.threadOf(job.key) === null)).to.deep.equal([false, false])
    lab.letGo()
    expect(new Set(await threadsOf([...first, ...waits])).size).to.equal(3)
    expect(pool.concurrency).to.equal(3)
  })

  it('has fewer threads when it has shrunk, and what ran on the others has ended well', async () => {
    const pool = await lab.pool(3)
    const running = await held(pool, 3)
    pool.resize(1)
    expect(pool.threadIds, 'all go on').to.have.length(3)
    lab.letGo()
    expect(await threadsOf(running)).to.satisfy((ids: unknown[]) => ids.every((id) => typeof id === 'number'))
    await threads(pool, 1)
    const [after] = await threadsOf([lab.run(pool, 'fault.held', [lab.notebook], alone)])
    expect(pool.threadIds).to.deep.equal([after])
  })

  it('gives up threads without work at once', async () => {
    const pool = await lab.pool(3)
    pool.resize(1)
    await threads(pool, 1)
  })

  it('runs more jobs at once on the same threads, where many share one', async () => {
    const pool = await lab.pool(4, { kind: 'async' })
    const before = await held(pool, 4)
    pool.resize(12)
    const more = await held(pool, 8)
    lab.letGo()
    const used = new Set(await threadsOf([...before, ...more]))
    expect([...used]).to.have.members([...pool.threadIds])
    pool.resize(1)
    await threads(pool, 1)
  })

  it('has new threads after a restart; jobs on the old ones end there', async () => {
    const pool = await lab.pool(2)
    const old = pool.threadIds
    const running = await held(pool, 2)
    expect(pool.restart()).to.equal(true)
    const next = lab.run(pool, 'fault.held', [lab.notebook], alone)
    await eventually(() => expect(lab.notes(), 'it runs beside them').to.have.length(3))
    lab.letGo()
    expect(await threadsOf(running)).to.have.members([...old])
    const [fresh] = await threadsOf([next])
    expect(old).not.to.include(fresh)
    await eventually(() => expect(pool.threadIds.filter((id) => old.includes(id))).to.deep.equal([]))
  })

  it('starts one new thread at a time, however often a restart is asked for', async () => {
    const pool = await lab.pool(1)
    const [first = 0] = pool.threadIds
    const lastOf = async (previous: number): Promise<number> => {
      await eventually(() => expect(pool.threadIds).to.have.length(1).and.not.include(previous), { timeoutMs: 10_000 })
      return pool.threadIds[0] ?? 0
    }
    pool.restart()
    const second = await lastOf(first)
    // Node counts threads on; what reads TypeScript has one, too.
    const step = second - first
    for (let count = 0; count < 10; count += 1) pool.restart()
    // Another one than the first of them is for whatever has changed since that loaded its task files.
    await eventually(() => expect(pool.threadIds).to.deep.equal([second + 2 * step]), { timeoutMs: 20_000 })
  })

  it('loses none of many short jobs while all its threads are replaced, again and again', async () => {
    const pool = await lab.pool(3)
    const done: Running[] = []
    for (let round = 0; round < 2; round += 1) {
      const old = pool.threadIds
      pool.restart()
      do {
        const jobs = Array.from({ length: 200 }, () => lab.insist(pool, 'brief.notes', [lab.notebook]))
        done.push(...(await Promise.all(jobs)))
      } while (pool.threadIds.some((id) => old.includes(id)))
    }
    expect(done.filter(({ ended }) => ended?.kind !== 'success')).to.deep.equal([])
    const ran = lab.notes().map((line) => line.split(' ')[0])
    expect(ran).to.have.length(done.length)
    expect(new Set(ran).size).to.equal(done.length)
  })

  it('keeps its threads where new ones can not load the task files, and says so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lv-restart-'))
    const file = join(folder, 'tasks.mjs')
    const engine = pathToFileURL('src/engine/task.ts').href
    try {
      writeFileSync(file, `import { defineTask } from '${engine}'\nexport const one = defineTask('one', {}, () => 1)\n`)
      const files = [...lab.files, pathToFileURL(file).href]
      const pool = await lab.pool(1, { files })
      const old = pool.threadIds
      writeFileSync(file, 'no JavaScript')
      pool.restart()
      await eventually(() => expect(lab.logger.has('a thread could not start')).to.equal(true), { timeoutMs: 10_000 })
      expect(await threadsOf([lab.run(pool, 'one', [], alone)])).to.deep.equal([1])
      expect(pool.threadIds).to.deep.equal(old)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('is not changed any more when it has ended', async () => {
    const pool = await lab.pool(1)
    await pool.destroy()
    pool.restart()
    pool.resize(5)
    expect(pool.threadIds).to.deep.equal([])
  })
})
