import { expect } from 'chai'
import { writeFailure } from '../../../src/redis/write-probe.ts'

describe('why a write failed', () => {
  it("is said in the server's own words, or in those of the connection", () => {
    const texts: [came: unknown, told: string][] = [
      [new Error('OOM command not allowed'), 'OOM command not allowed'],
      [new Error('Redis is not ready: LOADING Redis is loading'), 'LOADING Redis is loading'],
      [new Error('Redis is not ready: connect ECONNREFUSED 127.0.0.1:1'), 'connect ECONNREFUSED 127.0.0.1:1'],
      [new Error('the connection was lost: closed by the server'), 'closed by the server'],
      ['text', 'text'],
    ]
    for (const [came, told] of texts) expect(writeFailure(came)).to.equal(told)
  })
})
