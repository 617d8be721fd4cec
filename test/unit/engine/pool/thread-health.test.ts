import { expect } from 'chai'
import { noThreads, ThreadHealth, type ThreadCounts } from '../../../../src/engine/pool/thread-health.ts'

const crashed = { ending: null, retired: false }
const recycled = { ending: null, retired: true }
const endedFor = (cause: 'timeLimit' | 'terminated') => ({
  ending: { key: 1, cause, error: new Error('for a task') },
  retired: false,
})

/** The health of threads of which so many have started, at a time that is set by hand. */
function healthOf(threads: number) {
  let now = 1_000
  const health = new ThreadHealth(() => now)
  for (let count = 0; count < threads; count += 1) health.started()
  const crash = (times: number): void => {
    for (let count = 0; count < times; count += 1) {
      health.ended(crashed)
      health.started()
    }
  }
  return { health, crash, wait: (milliseconds: number) => (now += milliseconds) }
}

const counts = (change: Partial<ThreadCounts> & { ended?: object }): unknown => ({
  ...noThreads,
  ...change,
  ended: { ...noThreads.ended, ...change.ended },
})

describe('the health of threads', () => {
  it('counts how they end', () => {
    const { health } = healthOf(6)
    for (const end of [crashed, recycled, endedFor('timeLimit'), endedFor('terminated'), crashed]) health.ended(end)
    health.notStarted(new Error('no memory'))
    const ended = { crashed: 2, recycled: 1, timeLimit: 1, terminated: 1, notStarted: 1 }
    expect(health.counts).to.deep.equal(counts({ alive: 1, started: 6, ended }))
  })

  it('gives copies', () => {
    const { health } = healthOf(1)
    const before = health.counts
    health.ended(crashed)
    expect(before).to.deep.equal(counts({ alive: 1, started: 1 }))
  })

  it('is well while a thread lives, whatever the others do', () => {
    const { health, wait } = healthOf(2)
    health.ended(endedFor('timeLimit'))
    health.notStarted(new Error('no memory'))
    wait(60_000)
    expect(health.trouble).to.equal(null)
  })

  it('is bad as soon as none lives and none can start, until one does', () => {
    const { health } = healthOf(1)
    health.ended(endedFor('timeLimit'))
    expect(health.trouble, 'the next one is about to start').to.equal(null)
    health.notStarted(new Error('no memory'))
    expect(health.trouble).to.equal('no thread can start: no memory')
    health.started()
    expect(health.trouble).to.equal(null)
  })

  it('is bad when there has been none for two seconds', () => {
    for (const threads of [0, 1]) {
      const { health, wait } = healthOf(threads)
      if (threads > 0) health.ended(crashed)
      wait(2_000)
      expect(health.trouble).to.equal(null)
      wait(1)
      expect(health.trouble).to.equal('no thread lives')
    }
  })

  const loop = 'threads end as soon as they begin a task: 6 of them within 4 s'

  it('is bad while one after the other crashes, and well four seconds later', () => {
    const { health, crash, wait } = healthOf(2)
    crash(5)
    expect(health.trouble).to.equal(null)
    crash(1)
    expect(health.trouble).to.equal(loop)
    wait(3_000)
    crash(3)
    wait(999)
    expect(health.trouble, 'three are as old as that').to.equal(loop)
    wait(1)
    expect(health.trouble).to.equal(null)
  })

  it('is well where threads crash, and others do their jobs', () => {
    const { health, crash } = healthOf(2)
    for (let time = 0; time < 10; time += 1) {
      crash(5)
      health.worked()
    }
    expect(health.trouble).to.equal(null)
  })

  it('is well where threads are ended for the sake of tasks, however many', () => {
    const { health } = healthOf(2)
    for (let time = 0; time < 50; time += 1) {
      health.ended(time % 2 === 0 ? endedFor('timeLimit') : recycled)
      health.started()
    }
    expect(health.trouble).to.equal(null)
  })
})
