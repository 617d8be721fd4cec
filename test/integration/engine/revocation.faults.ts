import { expect } from 'chai'
import { TaskError } from '../../../src/engine/index.ts'
import { eventually } from '../../support/eventually.ts'
import { FaultLab, outcomeOf } from '../../support/fault-lab.ts'

describe('a task that must not run any more', () => {
  const lab = new FaultLab()

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  const revoked = (error: unknown, reason: string): void => {
    expect(error).to.be.instanceOf(TaskError).and.include({ type: 'TaskRevokedError', state: 'REVOKED' })
    expect((error as TaskError).message).to.include(reason)
  }

  it('is REVOKED when it was revoked before it could start, also by another process, and across restarts', async () => {
    const sender = await lab.engine({ node: 'sender' })
    const sent = await sender.client.send('fault.stamp', [lab.notebook, 1])
    await sender.client.revoke(sent.id)
    const first = await lab.worker({ node: 'first' })
    revoked(await outcomeOf(Promise.resolve(sent)), 'revoked')
    await first.close()
    // The same id again, after the restart: it is still known.
    await sender.client.send('fault.stamp', [lab.notebook, 2], { taskId: sent.id })
    const second = await lab.worker({ node: 'second' })
    await eventually(() => expect(second.logger.has('task revoked before it could start')).to.equal(true))
    expect(lab.notes()).to.deep.equal([])
  })

  it('is found among many that are claimed at once: none that was revoked first ever runs', async () => {
    const engine = await lab.worker({ concurrency: 4 })
    for (let round = 0; round < 20; round += 1) {
      const id = `round-${round}-${process.pid}`
      await engine.client.revoke(id)
      revoked(await outcomeOf(engine.client.send('fault.stamp', [lab.notebook, round], { taskId: id })), 'revoked')
    }
    expect(lab.notes()).to.deep.equal([])
  })

  it('is not stopped by a plain revoke once it runs', async () => {
    const engine = await lab.worker()
    const sent = await engine.client.send('fault.work', [lab.notebook, 300])
    await eventually(() => expect(lab.notes()).to.have.length(1))
    await engine.client.revoke(sent.id)
    expect(await sent.get({ timeout: 10 })).to.equal(300)
  })

  it('is ended in the middle by a revoke that terminates, whichever process it runs in and whatever it does', async () => {
    const other = await lab.engine({ node: 'other' })
    const engine = await lab.worker({ concurrency: 2 })
    const bystander = await engine.client.send('fault.work', [lab.notebook, 1_000])
    const spinning = await engine.client.send('fault.spin', [lab.notebook])
    await eventually(() => expect(lab.notes()).to.include.members([`start ${bystander.id}`, `start ${spinning.id}`]))
    await other.client.revoke(spinning.id, { terminate: true })
    revoked(await outcomeOf(Promise.resolve(spinning)), 'terminated')
    expect(await bystander.get({ timeout: 10 })).to.equal(1_000)
    expect(lab.notes().filter((line) => line.startsWith('start'))).to.have.length(2)
  })

  it('is REVOKED when it expired before it could start, by the clock of Redis', async () => {
    const engine = await lab.engine()
    const sent = await engine.client.send('fault.stamp', [lab.notebook, 1], { expiresInSeconds: 0.2 })
    const [seconds = 0, micros = 0] = (await engine.redis.time()).map(Number)
    await eventually(async () => {
      const [now = 0] = (await engine.redis.time()).map(Number)
      expect(now).to.be.greaterThan(seconds + Math.ceil(micros / 1_000_000))
    })
    await engine.worker.start()
    revoked(await outcomeOf(Promise.resolve(sent)), 'expired')
    expect(lab.notes()).to.deep.equal([])
  })

  it('is forgotten as revoked beyond the bound, the oldest first, and that is told', async () => {
    const engine = await lab.worker({ limits: { revocations: { max: 3, days: 30 } } })
    for (const id of ['a', 'b', 'c', 'd']) await engine.client.revoke(`${lab.notebook}-${id}`)
    expect(engine.dropped).to.deep.equal(['revoked:1'])
    expect(await engine.redis.zcard(engine.keys.revoked())).to.equal(3)
    revoked(await outcomeOf(engine.client.send('fault.where', [0], { taskId: `${lab.notebook}-d` })), 'revoked')
  })
})
