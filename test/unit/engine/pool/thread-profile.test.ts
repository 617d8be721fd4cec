import { expect } from 'chai'
import { once } from 'node:events'
import { Session, type Profiler } from 'node:inspector'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { profileThread } from '../../../../src/engine/pool/thread-profile.ts'

const never = new Promise<never>(() => {})
const maxBytes = 1_000_000

/** Longer than any test may take: what ends before this was ended by something else. */
const foreverMs = 3_600_000

describe('profileThread', () => {
  const workers: Worker[] = []

  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.terminate()))
  })

  /** Starts a thread; `body` runs once the thread has said that it is ready, as code of the file /tasks/<file>. */
  async function start(body: string, file = 'task.js'): Promise<Worker> {
    const code = `
      const { parentPort } = require('node:worker_threads')
      const run = require('node:vm').runInThisContext(${JSON.stringify(`(require, parentPort) => {${body}}`)},
        { filename: '/tasks/${file}' })
      parentPort.postMessage('ready')
      setImmediate(() => run(require, parentPort))`
    const worker = new Worker(code, { eval: true, execArgv: [] })
    workers.push(worker)
    await once(worker, 'message')
    return worker
  }

  function send(worker: Worker, value: unknown): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage(value)
  }

  const idle = 'setInterval(() => {}, 1e6)'

  function spin(name: string): string {
    return `function ${name}() { while (true) {} } ${name}()`
  }

  it('names the function in which a thread spins, and its file', async () => {
    const { threadId } = await start(spin('countForever'))
    const profile = await profileThread(threadId, { forMs: 800, until: never, maxBytes })
    expect(profile?.stack).to.match(/^ {4}at countForever \(file:\/\/\/tasks\/task\.js:1:\d+\) \d+%$/m)
  })

  it('sees a spinning loop that was optimized long before', async () => {
    const worker = await start(`
      function loop(until) { let n = 0; while (Date.now() < until) n += 1 }
      loop(Date.now() + 200)
      parentPort.postMessage('optimized')
      loop(Infinity)`)
    await once(worker, 'message')
    const profile = await profileThread(worker.threadId, { forMs: 800, until: never, maxBytes })
    expect(profile?.stack).to.match(/at loop \(file:\/\/\/tasks\/task\.js:2:/)
  })

  it('names who calls the native code in which a thread spends its time', async () => {
    const { threadId } = await start(`
      const { pbkdf2Sync } = require('node:crypto')
      function hashForever() { for (;;) pbkdf2Sync('a', 'b', 5000, 64, 'sha512') }
      hashForever()`)
    const profile = await profileThread(threadId, { forMs: 800, until: never, maxBytes })
    expect(profile?.stack).to.match(/at pbkdf2Sync \(node:[^]*at hashForever \(file:\/\/\/tasks\/task\.js:/)
  })

  it('gives a profile that other profilers read', async () => {
    const { threadId } = await start(spin('countForever'))
    const profile = await profileThread(threadId, { forMs: 800, until: never, maxBytes })
    const { nodes, samples, timeDeltas, startTime, endTime } = JSON.parse(
      profile?.cpuProfile ?? 'null',
    ) as Profiler.Profile
    expect(nodes.map(({ callFrame }) => callFrame.functionName)).to.include('countForever')
    expect(samples).to.have.length.above(10)
    expect(timeDeltas).to.have.length(samples?.length ?? 0)
    expect(profile?.durationMs)
      .to.be.above(30)
      .and.at.most((endTime - startTime) / 1000)
  })

  it('leaves out a profile that is too large, not the stack', async () => {
    const { threadId } = await start(spin('countForever'))
    const profile = await profileThread(threadId, { forMs: 800, until: never, maxBytes: 100 })
    expect(profile?.cpuProfile).to.equal(null)
    expect(profile?.stack).to.contain('at countForever ')
  })

  it('has no stack of a thread that is idle', async () => {
    const { threadId } = await start(idle)
    const profile = await profileThread(threadId, { forMs: 800, until: never, maxBytes })
    expect(profile?.stack).to.equal(null)
    expect(profile?.cpuProfile).to.contain('(idle)')
  })

  it('tells threads apart, also when two are sampled at once', async () => {
    const [one, , two] = [
      await start(spin('spinOne'), 'one.js'),
      await start(idle),
      await start(spin('spinTwo'), 'two.js'),
    ]
    const [first, second] = await Promise.all(
      [one, two].map(({ threadId }) => profileThread(threadId, { forMs: 800, until: never, maxBytes })),
    )
    expect(first?.stack).to.match(/at spinOne \(file:\/\/\/tasks\/one\.js:/)
    expect(first?.cpuProfile).to.not.contain('spinTwo')
    expect(second?.stack).to.match(/at spinTwo \(file:\/\/\/tasks\/two\.js:/)
    expect(second?.cpuProfile).to.not.contain('spinOne')
  })

  it('samples the same thread twice at once', async () => {
    const { threadId } = await start(spin('countForever'))
    const sample = () => profileThread(threadId, { forMs: 800, until: never, maxBytes })
    for (const profile of await Promise.all([sample(), sample()])) {
      expect(profile?.stack).to.contain('at countForever ')
    }
  })

  it('ends as soon as `until` resolves or rejects', async () => {
    const worker = await start(`
      parentPort.on('message', () => {
        const until = Date.now() + 150
        function work() { while (Date.now() < until) {} }
        work()
        parentPort.postMessage('done')
      })`)
    for (const end of ['resolves', 'rejects']) {
      const done = once(worker, 'message').then(() => (end === 'rejects' ? Promise.reject(new Error(end)) : null))
      send(worker, 'work')
      const profile = await profileThread(worker.threadId, { forMs: foreverMs, until: done, maxBytes })
      expect(profile?.durationMs, end).to.be.below(10_000)
    }
  })

  it('ends as soon as the thread is terminated', async () => {
    for (const afterMs of [0, 1, 10, 40, 100]) {
      const worker = await start(spin('countForever'))
      const profile = profileThread(worker.threadId, { forMs: foreverMs, until: never, maxBytes })
      await pause(afterMs)
      await worker.terminate()
      expect(await profile, `after ${afterMs} ms`).to.equal(null)
    }
  })

  it('ends as soon as the thread ends by itself', async () => {
    const worker = await start('const until = Date.now() + 100; while (Date.now() < until) {}')
    expect(await profileThread(worker.threadId, { forMs: foreverMs, until: never, maxBytes })).to.equal(null)
  })

  it('gives up on a thread that is stuck in one native call', async () => {
    const { threadId } = await start(`require('node:child_process').spawnSync('sleep', ['3'])`)
    const started = performance.now()
    expect(await profileThread(threadId, { forMs: 100, until: never, maxBytes })).to.equal(null)
    expect(performance.now() - started).to.be.within(350, 2500)
  })

  it('is null where there is no such thread', async () => {
    const worker = await start(idle)
    const { threadId } = worker
    await worker.terminate()
    for (const id of [threadId, 0, -1, 1e9]) {
      expect(await profileThread(id, { forMs: foreverMs, until: never, maxBytes }), `thread ${id}`).to.equal(null)
    }
  })

  it('does not take thread 20 for thread 2', async () => {
    let last = await start(idle)
    while (last.threadId < 20) {
      await last.terminate()
      last = await start(idle)
    }
    const { threadId } = await start(spin('countForever'))
    const profile = await profileThread(Math.floor(threadId / 10), { forMs: 300, until: never, maxBytes })
    expect(profile?.cpuProfile ?? 'no such thread').to.not.contain('countForever')
  })

  describe('with the calls to the inspector watched', () => {
    const { prototype } = Session
    const originals = Object.getOwnPropertyDescriptors(prototype)

    afterEach(() => {
      Object.defineProperties(prototype, originals)
    })

    it('lets go of every thread, and of the inspector', async () => {
      const threads = [await start(idle), await start(spin('countForever')), await start(idle)]
      const calls: string[] = []
      for (const name of ['connect', 'post', 'disconnect'] as const) {
        const original = originals[name].value as (...values: unknown[]) => unknown
        Object.defineProperty(prototype, name, {
          ...originals[name],
          value(this: Session, ...values: unknown[]) {
            calls.push(name === 'post' ? String(values[0]) : name)
            if (name === 'connect') {
              this.on('NodeWorker.attachedToWorker', () => calls.push('attached'))
              this.on('NodeWorker.detachedFromWorker', () => calls.push('detached'))
            }
            return original.apply(this, values)
          },
        })
      }
      const { threadId = 0 } = threads[1] ?? {}
      expect(await profileThread(threadId, { forMs: 500, until: never, maxBytes })).to.not.equal(null)

      const count = (name: string) => calls.filter((call) => call === name).length
      expect(count('attached')).to.be.at.least(threads.length)
      expect(count('detached')).to.equal(count('attached'))
      expect(count('NodeWorker.disable')).to.equal(count('NodeWorker.enable'))
      expect(calls.at(-1)).to.equal('disconnect')
    })

    it('is null where the inspector refuses', async () => {
      const { threadId } = await start(idle)
      const refuse = () => {
        throw new Error('refused')
      }
      Object.defineProperty(prototype, 'connect', { ...originals.connect, value: refuse })
      expect(await profileThread(threadId, { forMs: foreverMs, until: never, maxBytes })).to.equal(null)
    })
  })

  it('leaves other threads as they were', async () => {
    const worker = await start(`parentPort.on('message', (value) => parentPort.postMessage(value * 2))`)
    const { threadId } = await start(spin('countForever'))
    const profile = profileThread(threadId, { forMs: 800, until: never, maxBytes })
    for (let value = 1; value <= 20; value++) {
      send(worker, value)
      expect(await once(worker, 'message')).to.deep.equal([value * 2])
    }
    expect((await profile)?.stack).to.contain('at countForever ')
  })
})
