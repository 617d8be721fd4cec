import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { FaultLab, outcomeOf } from '../../support/fault-lab.ts'

/** A task file that loads in a thread only once `flag` is there. */
function fussyTaskFile(flag: string): string {
  const engine = new URL('../../../src/engine/task.ts', import.meta.url).href
  return `
    import { existsSync } from 'node:fs'
    import { isMainThread } from 'node:worker_threads'
    import { defineTask } from ${JSON.stringify(engine)}
    if (!isMainThread && !existsSync(${JSON.stringify(flag)})) throw new Error('not in this thread')
    export const fussy = defineTask('fault.fussy', { onUncertain: 'fail' }, () => 'loaded')
    export const ends = defineTask('fault.ends', { maxRetries: 0, timeLimit: 0.1 }, () => { for (;;); })
  `
}

describe('a thread that can not start', () => {
  const lab = new FaultLab()
  const folder = mkdtempSync(join(tmpdir(), 'lv-starts-'))
  let engine: TestEngine

  before(() => lab.open())
  after(async () => {
    await lab.close()
    rmSync(folder, { recursive: true, force: true })
  })
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  const complaints = (): number =>
    engine.logger.lines.filter(({ message }) => message.includes('a thread could not start')).length

  const waiting = async ({ redis, keys }: TestEngine): Promise<number> => redis.llen(keys.list('celery'))

  for (const pool of ['threads', 'async'] as const) {
    it(`because its task files do not load is told and tried again, and takes no message from others (${pool})`, async () => {
      const [flag, file] = [join(folder, `${pool}.flag`), join(folder, `${pool}.mts`)]
      writeFileSync(file, fussyTaskFile(flag))
      engine = await lab.worker({ pool, tasks: [file] })
      const sent = await engine.client.send('fault.fussy', [])
      await eventually(() => expect(complaints()).to.be.greaterThan(1))
      expect(complaints(), 'not in a tight loop').to.be.lessThan(10)
      expect(await waiting(engine), 'on the queue').to.equal(1)
      writeFileSync(flag, '')
      expect(await outcomeOf(Promise.resolve(sent))).to.equal('loaded')
      expect(engine.logger.has('it will be run again'), 'blamed').to.equal(false)
    })

    it(`because it can not be made at all is told and tried again, and the process goes on (${pool})`, async () => {
      // Settings that no thread can be given make Node refuse in the same place and way as a system without threads left.
      const settings: Record<string, unknown> = { none: () => 'can not be cloned' }
      engine = await lab.worker({ pool, settings })
      const sent = await engine.client.send('fault.where', [0])
      await eventually(() => expect(complaints()).to.be.greaterThan(0), { timeoutMs: 5_000 })
      delete settings['none']
      expect(await outcomeOf(Promise.resolve(sent))).to.be.a('number')
    })
  }

  it('does not keep the worker from stopping', async () => {
    const file = join(folder, 'never.mts')
    writeFileSync(file, fussyTaskFile(join(folder, 'never.flag')))
    engine = await lab.worker({ tasks: [file] })
    await eventually(() => expect(complaints()).to.be.greaterThan(0))
    const since = performance.now()
    await engine.close(100)
    expect(performance.now() - since).to.be.lessThan(5_000)
  })

  /** A worker whose only thread ended under a task, and can not be replaced while the flag is not there. */
  async function workerWithoutThread(name: string): Promise<{ flag: string }> {
    const [flag, file] = [join(folder, `${name}.flag`), join(folder, `${name}.mts`)]
    writeFileSync(flag, '')
    writeFileSync(file, fussyTaskFile(flag))
    engine = await lab.worker({ concurrency: 1, tasks: [file] })
    await outcomeOf(engine.client.send('fault.fussy', []))
    rmSync(flag)
    // At its time limit it is ended with its thread. Those that come after it do not load.
    await outcomeOf(engine.client.send('fault.ends', []))
    return { flag }
  }

  it('when another has ended is told and tried again, and the task that waits for it is run', async () => {
    const { flag } = await workerWithoutThread('later')
    const sent = await engine.client.send('fault.fussy', [])
    await eventually(() => expect(complaints()).to.be.greaterThan(1))
    expect(await waiting(engine), 'claimed').to.equal(0)
    writeFileSync(flag, '')
    expect(await outcomeOf(Promise.resolve(sent))).to.equal('loaded')
    expect(engine.logger.has('it will be run again'), 'blamed').to.equal(false)
  })

  it('when another has ended does not keep the worker from stopping, and what waits is handed back', async () => {
    await workerWithoutThread('gone')
    const sent = await engine.client.send('fault.fussy', [])
    await eventually(async () => expect(await waiting(engine)).to.equal(0))
    await eventually(() => expect(complaints()).to.be.greaterThan(0))
    const since = performance.now()
    await engine.close(100)
    expect(performance.now() - since).to.be.lessThan(5_000)
    const next = await lab.engine({ node: 'next' })
    expect(await waiting(next)).to.equal(1)
    // It was never begun: there is no doubt about it.
    expect(await next.redis.exists(next.keys.started(sent.id))).to.equal(0)
  })
})
