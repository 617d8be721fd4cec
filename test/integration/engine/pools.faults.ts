import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { threadId as mainThread } from 'node:worker_threads'
import { expect } from 'chai'
import type { AsyncResult } from '../../../src/engine/index.ts'
import type { TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { FaultLab, outcomeOf } from '../../support/fault-lab.ts'

describe('a pool that a task names', () => {
  const lab = new FaultLab()
  let engine: TestEngine

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  const letGo = (): void => writeFileSync(`${lab.notebook}.go`, '')
  /** Which threads tasks of a kind have noted: `start`, `among`, `alone`. */
  const threadsOf = (kind: string): number[] =>
    lab
      .notes()
      .filter((line) => line.startsWith(kind))
      .map((line) => Number(line.split(' ')[2]))
  const send = (count: number, task: string): Promise<AsyncResult[]> =>
    Promise.all(Array.from({ length: count }, () => engine.client.send(task, [lab.notebook])))
  const allEnd = async (sent: AsyncResult[]): Promise<void> => {
    for (const each of sent) expect(await outcomeOf(Promise.resolve(each))).to.be.a('number')
  }

  it('runs its tasks many to a thread, beside those that have a thread each', async () => {
    const count = 3 * availableParallelism()
    engine = await lab.worker({ concurrency: 3, others: { threads: 1, async: count } })
    const sent = [...(await send(3, 'fault.held')), ...(await send(count, 'fault.heldAmong'))]
    await eventually(() => expect(lab.notes(), 'all run at once').to.have.length(3 + count))
    const shared = new Set(threadsOf('among'))
    expect(shared.size).to.be.at.most(availableParallelism())
    expect(new Set([...threadsOf('start'), ...shared]).size, 'no thread in common').to.equal(3 + shared.size)
    letGo()
    await allEnd(sent)
  })

  it('gives threads to tasks that need one each, in a process whose pool is async', async () => {
    engine = await lab.worker({ pool: 'async', concurrency: 4, others: { threads: 2, async: 1 } })
    const sent = [...(await send(2, 'fault.heldAlone')), ...(await send(4, 'fault.held'))]
    await eventually(() => expect(lab.notes()).to.have.length(6))
    const alone = threadsOf('alone')
    expect(new Set(alone).size).to.equal(2)
    expect(threadsOf('start')).not.to.include.members(alone)
    letGo()
    await allEnd(sent)
  })

  it('does not count in the solo pool, which runs all', async () => {
    engine = await lab.worker({ pool: 'solo' })
    letGo()
    await allEnd([...(await send(1, 'fault.heldAlone')), ...(await send(1, 'fault.heldAmong'))])
    expect(threadsOf('a')).to.deep.equal([mainThread, mainThread])
  })

  it('is served while another one is full, until as many wait for that one as run in it', async () => {
    engine = await lab.worker({ concurrency: 2, others: { threads: 1, async: 4 } })
    const sent = await send(3, 'fault.held')
    await eventually(() => expect(threadsOf('start')).to.have.length(2))
    await eventually(async () => expect(await engine.claims(), 'the third waits').to.equal(3))
    expect(await outcomeOf(engine.client.send('fault.among', [0]))).to.be.a('number')
    expect(threadsOf('start')).to.have.length(2)

    sent.push(...(await send(1, 'fault.held')))
    await eventually(() => expect(engine.worker.activity).to.include({ running: 4, full: true }))
    sent.push(await engine.client.send('fault.among', [0]))
    expect(await engine.redis.llen(engine.keys.list('celery')), 'it stays for another worker').to.equal(1)
    letGo()
    await allEnd(sent)
    await eventually(() => expect(engine.worker.activity).to.include({ running: 0, full: false }))
  })

  it('is not held up by a message that waits for a full one when that is revoked or taken back', async () => {
    engine = await lab.worker({ concurrency: 1, others: { threads: 1, async: 2 } })
    const [running] = await send(1, 'fault.held')
    await eventually(() => expect(threadsOf('start')).to.have.length(1))
    const [waiting] = await send(1, 'fault.held')
    await eventually(() => expect(engine.worker.activity).to.include({ running: 2, full: true }))
    await engine.client.revoke(waiting?.id ?? '')
    await engine.client.revoke(running?.id ?? '', { terminate: true })
    expect(await outcomeOf(engine.client.send('fault.among', [0]))).to.be.a('number')
    await eventually(async () => expect(await waiting?.state()).to.equal('REVOKED'))
    expect(await running?.state()).to.equal('REVOKED')
    expect(threadsOf('start')).to.have.length(1)
  })
})

describe('a task that is terminated', () => {
  const lab = new FaultLab()
  let engine: TestEngine

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  const startsOf = (id: string): string[] => lab.notes().filter((line) => line.startsWith(`start ${id} `))
  const letGo = (): void => writeFileSync(`${lab.notebook}.go`, '')

  it('ends out of an endless loop as REVOKED; the others notice nothing', async () => {
    engine = await lab.worker({ concurrency: 3 })
    const neighbour = await engine.client.send('fault.held', [lab.notebook])
    const spin = await engine.client.send('fault.spinFrom', [lab.notebook])
    await eventually(() => expect(lab.notes()).to.have.length(2))
    await engine.client.revoke(spin.id, { terminate: true })
    expect(await outcomeOf(Promise.resolve(spin))).to.include({ type: 'TaskRevokedError', state: 'REVOKED' })
    expect(await outcomeOf(engine.client.send('fault.where', [0]))).to.be.a('number')
    letGo()
    expect(await neighbour.get({ timeout: 10 })).to.be.a('number')
    expect(startsOf(neighbour.id)).to.have.length(1)
    expect(lab.notes().filter((line) => line.startsWith('spin'))).to.have.length(1)
    expect(await engine.aside('dead')).to.deep.equal([])
  })

  it('takes an async thread with it; the others on that thread are run again', async () => {
    const count = 3 * availableParallelism()
    engine = await lab.worker({ pool: 'async', concurrency: count })
    const sent = await Promise.all(
      Array.from({ length: count }, () => engine.client.send('fault.held', [lab.notebook])),
    )
    await eventually(() => expect(lab.notes()).to.have.length(count))
    const [ended, ...others] = sent
    const thread = startsOf(ended?.id ?? '')[0]?.split(' ')[2]
    const onIt = others.filter(({ id }) => startsOf(id)[0]?.split(' ')[2] === thread)
    await engine.client.revoke(ended?.id ?? '', { terminate: true })
    expect(await outcomeOf(engine.client.send('fault.where', [0])), 'it is known').to.be.a('number')
    await eventually(async () => expect(await ended?.state()).to.equal('REVOKED'))
    await eventually(() => expect(onIt.map(({ id }) => startsOf(id).length)).to.deep.equal([2, 2]))
    letGo()
    for (const each of others) expect(await each.get({ timeout: 10 })).to.be.a('number')
    expect(lab.notes().filter((line) => line.startsWith('start'))).to.have.length(count + 2)
    expect(startsOf(ended?.id ?? ''), 'it is not run again').to.have.length(1)
    expect(await engine.aside('dead')).to.deep.equal([])
  })
})
