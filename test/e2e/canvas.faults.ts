import { expect } from 'chai'
import { chain, chord, signature, type AsyncResult } from '../../src/engine/index.ts'
import { eventually } from '../support/eventually.ts'
import { FaultStage, nothing } from './fault-stage.ts'

const slots = 4
const kills = 6

describe('chains and chords while their worker is killed with -9, again and again', function () {
  this.timeout(120_000)
  let stage: FaultStage

  before(async () => {
    stage = await FaultStage.open()
  })
  after(() => stage.close())

  it('all come to their end: nothing that follows is lost, and nothing is sent twice', async () => {
    const worker = await stage.started(['-c', String(slots)])
    const client = await stage.client()
    const ledger = stage.ledger()
    let number = 0
    const step = () => {
      number += 1
      return signature('faults.count', [ledger.path, number, 10 + (number % 7) * 5, 'none'], {}, { immutable: true })
    }
    const results: AsyncResult[] = []
    for (let round = 0; round < 15; round += 1) {
      results.push(await client.applyAsync(chain(step(), step(), step(), step())))
      results.push(await client.applyAsync(chord([step(), step(), step(), step()], chain(step(), step()))))
    }
    for (let kill = 1; kill <= kills; kill += 1) {
      const before = ledger.ends().length
      await eventually(() => expect(ledger.ends().length).to.be.greaterThan(before + 10), { timeoutMs: 30_000 })
      await worker.kill()
      worker.start()
    }
    await worker.ready()
    await Promise.all(results.map((result) => result.get({ timeout: 60 })))
    const broker = await stage.broker()
    await stage.expectRemains(broker, nothing)
    expect(await broker.keys('celery-taskset-meta-*')).to.deep.equal([])
    const ended = ledger.ends().map((entry) => entry.number)
    expect(new Set(ended).size).to.equal(number)
    expect(ledger.repeats(), 'what ran when it was killed').to.be.at.most(kills * slots)
  })
})
