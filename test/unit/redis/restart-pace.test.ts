import { expect } from 'chai'
import { RestartPace } from '../../../src/redis/restart-pace.ts'

describe('the pace of restarts', () => {
  it('is at once the first time, then slower, 2 s at most', () => {
    const pace = new RestartPace()
    const pauses = Array.from({ length: 10 }, () => {
      pace.ended(100)
      return pace.pauseMs
    })
    expect(pauses).to.deep.equal([0, 250, 500, 1000, 2000, 2000, 2000, 2000, 2000, 2000])
    for (let i = 0; i < 2000; i += 1) pace.restartFailed()
    expect(pace.pauseMs).to.equal(2000)
  })

  it('counts a failed restart as well', () => {
    const pace = new RestartPace()
    pace.ended(100_000)
    expect(pace.pauseMs).to.equal(0)
    pace.restartFailed()
    expect(pace.pauseMs).to.equal(250)
  })

  it('forgets when the server has run for half a minute', () => {
    const pace = new RestartPace()
    for (let i = 0; i < 5; i += 1) pace.ended(30_000)
    expect(pace.pauseMs).to.equal(2000)
    pace.ended(30_001)
    expect(pace.pauseMs).to.equal(0)
  })
})
