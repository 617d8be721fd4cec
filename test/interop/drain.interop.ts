import { expect } from 'chai'
import { eventually } from '../support/eventually.ts'
import { runProgram } from '../support/service.ts'
import { BothLab, idOf } from './both-lab.ts'

/** How much later tasks are due, in seconds: some when everything has been handed back, the others well after that. */
const soon = 12
const later = 30

/** How long a task works that Lovage is killed under, in milliseconds: until well after that. */
const heldMs = 10_000

/** Needs a real Celery on this machine. */
describe('moving to Celery for good', function () {
  this.timeout(180_000)
  let lab: BothLab

  before(async () => {
    lab = await BothLab.open(3_600)
  })
  after(() => lab.close())

  async function drain(...words: string[]): Promise<Awaited<ReturnType<typeof runProgram>>> {
    return runProgram(['drain', '-b', lab.url, ...words])
  }

  it('lovage drain hands everything back, and a Celery worker runs all of it, nothing before its time', async () => {
    const { engine, ledger } = lab
    const send = (number: number, workMs: number, countdown?: number): Promise<unknown> =>
      engine.client.send('faults.count', [ledger.path, number, workMs, 'none'], {
        taskId: idOf(number),
        ...(countdown !== undefined && { countdown }),
      })
    await lab.startLovage()
    const began = Date.now()
    for (let number = 11; number <= 310; number += 1) await send(number, 1, number % 2 === 0 ? soon : later)
    // Whoever sends has no worker: Lovage takes them from the list and puts them there.
    await eventually(async () => expect(await engine.redis.zcard('lovage:eta:celery')).to.equal(300))
    const held = [1, 2, 3]
    for (const number of held) await send(number, heldMs)
    await eventually(() => expect(ledger.starts()).to.have.length(held.length))
    // More than Lovage has slots for: these wait on the list.
    for (let number = 4; number <= 10; number += 1) await send(number, 1)

    const refused = await drain()
    expect(refused.code).to.equal(1)
    expect(refused.stderr).to.include('both: its process runs on this machine')
    expect((await lab.killLovage()).toSorted()).to.include.members(held.map(idOf))

    const looked = await drain('--dry-run')
    expect(looked.stdout).to.match(/^claimed by both: \d+ would go back\nscheduled on celery: 300 would go back/)
    expect(await engine.redis.zcard('lovage:eta:celery')).to.equal(300)
    const drained = await drain('--json')
    expect(drained, drained.stderr).to.include({ code: 0 })
    const report = JSON.parse(drained.stdout) as { claims: Record<string, number>; schedules: Record<string, object> }
    expect(report.claims['both']).to.be.at.least(held.length)
    expect(report.schedules['celery']).to.include({ moved: 300, left: 0 })
    expect(await engine.redis.llen('celery')).to.equal(310)
    expect(await engine.redis.keys('lovage:claims:*')).to.deep.equal([])
    expect(await engine.redis.keys('lovage:eta:*')).to.deep.equal([])

    await lab.startCelery()
    await lab.untilDone()
    const tally = await lab.count(310)
    expect(tally).to.include({ here: 0, there: 310, setAside: 0 })
    expect(tally.missing).to.deep.equal([])
    expect(tally.withoutResult).to.deep.equal([])
    expect(tally.repeated.toSorted()).to.deep.equal(held.map(idOf))
    for (const [countdown, parity] of [
      [soon, 0],
      [later, 1],
    ] as const) {
      const starts = ledger.starts().filter(({ number }) => number > 10 && number % 2 === parity)
      // The times of the messages are cut to milliseconds.
      expect(Math.min(...starts.map(({ time }) => time))).to.be.at.least(began + countdown * 1_000 - 5)
    }
  })

  it('and then there is nothing to do', async () => {
    expect((await drain()).stdout).to.equal('nothing is claimed, nothing is scheduled\n')
  })
})
