import { expect } from 'chai'
import { eventually } from '../../support/eventually.ts'
import { FaultLab, outcomeOf } from '../../support/fault-lab.ts'

describe('a Redis that is out of memory', () => {
  const lab = new FaultLab()

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  it('takes no tasks, but what is queued is worked off, with its results', async () => {
    const engine = await lab.worker({ concurrency: 1 })
    const sent = []
    for (let number = 0; number < 3; number += 1) sent.push(await engine.client.send('fault.work', [lab.notebook, 200]))
    await eventually(() => expect(lab.notes()).to.have.length(1))
    await engine.redis.config('SET', 'maxmemory', '1')
    try {
      const refused = await engine.client.send('fault.work', [lab.notebook, 1]).catch((error: unknown) => error)
      expect(String(refused)).to.include('OOM')
      for (const result of sent) expect(await outcomeOf(Promise.resolve(result))).to.equal(200)
      expect(await engine.claims()).to.equal(0)
    } finally {
      await engine.redis.config('SET', 'maxmemory', '0')
    }
    expect(lab.notes().filter((line) => line.startsWith('start'))).to.have.length(3)
  })
})
