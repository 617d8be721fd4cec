import { expect } from 'chai'
import { batchSize, jobOfBatch, maxBatch, packBatch, type BatchedJob } from '../../../../src/engine/pool/batch.ts'

const jobOf = (key: number, change: Partial<BatchedJob> = {}): BatchedJob => ({
  key,
  id: `id-${key}`,
  name: 'proj.add',
  retries: 0,
  body: '[[],{},null]',
  bodyEncoding: null,
  softTimeLimit: null,
  ...change,
})

describe('jobs packed into one message', () => {
  it('come out as they went in, each with everything a thread must know', () => {
    const jobs = [
      jobOf(1),
      jobOf(2, { retries: 3, bodyEncoding: 'base64', body: 'W1tdLHt9LG51bGxd', softTimeLimit: 0.5 }),
      jobOf(3, { id: '', name: '世界' }),
    ]
    const batch = structuredClone(packBatch(250, jobs))
    expect(batch.first).to.equal(250)
    expect(batchSize(batch)).to.equal(3)
    expect(jobs.map((_job, index) => jobOfBatch(batch, index))).to.deep.equal(jobs)
  })

  it('take along what is told of their traces, and nothing where they are not traced', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const jobs = [
      jobOf(1, { trace: { queue: 'celery', headers: null } }),
      jobOf(2, { trace: { queue: 'mail', headers: { traceparent } } }),
    ]
    const batch = structuredClone(packBatch(0, jobs))
    expect(jobs.map((_job, index) => jobOfBatch(batch, index))).to.deep.equal(jobs)
    expect(packBatch(0, [jobOf(1)])).to.have.all.keys('first', 'fields')
  })

  it('may be one, or as many as go together', () => {
    for (const count of [1, maxBatch]) {
      const jobs = Array.from({ length: count }, (_value, index) => jobOf(index))
      const batch = packBatch(0, jobs)
      expect(batchSize(batch)).to.equal(count)
      expect(jobOfBatch(batch, count - 1)).to.deep.equal(jobs.at(-1))
    }
  })
})
