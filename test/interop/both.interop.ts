import { expect } from 'chai'
import { eventually } from '../support/eventually.ts'
import { tell } from '../support/fault-run.ts'
import { BothLab, celeryPrefetch, type Tally } from './both-lab.ts'

const sent = 10_000

/** Needs a real Celery on this machine. */
describe(`Lovage and Celery on one queue, ${sent} tasks`, function () {
  this.timeout(300_000)
  let lab: BothLab

  afterEach(() => lab.close())

  /** What holds in any case. */
  async function expectWhole(title: string): Promise<Tally> {
    await lab.untilDone()
    const tally = await lab.count(sent)
    const { missing, repeated, here, there } = tally
    tell(`${title}: ${here} ended on Lovage, ${there} on Celery; ${missing.length} lost, ${repeated.length} ran twice`)
    expect(tally.strangers).to.deep.equal([])
    expect(tally.withoutResult).to.deep.equal([])
    expect(tally.setAside).to.equal(0)
    expect(Math.min(here, there), 'both take part').to.be.greaterThan(sent / 100)
    return tally
  }

  it('each runs once', async () => {
    lab = await BothLab.open(3_600)
    await lab.send(sent)
    await lab.startCelery()
    await lab.startLovage()
    const { missing, repeated } = await expectWhole('nothing killed')
    expect({ missing, repeated }).to.deep.equal({ missing: [], repeated: [] })
  })

  it('Lovage is killed with -9 and started again, twice: none is lost, and only what it held may run twice', async () => {
    lab = await BothLab.open(3_600)
    await lab.send(sent)
    await lab.startCelery()
    await lab.startLovage()
    const held: string[] = []
    for (const waiting of [7_500, 4_000]) {
      await lab.untilWaiting(waiting)
      held.push(...(await lab.killLovage()))
      await lab.startLovage()
    }
    const { missing, repeated } = await expectWhole(`Lovage killed twice, it held ${held.length}`)
    expect(missing).to.deep.equal([])
    expect(held).to.include.members([...repeated])
    expect(held).to.not.deep.equal([])
  })

  it('Celery is killed with -9, twice: what it had noted as its own is restored by Lovage', async () => {
    const visibilitySeconds = 5
    lab = await BothLab.open(visibilitySeconds)
    await lab.send(sent)
    const noted: string[] = []
    await lab.startLovage()
    for (const waiting of [8_500, 3_500]) {
      const celery = await lab.startCelery()
      await lab.untilWaiting(waiting)
      const ids = await lab.killCelery(celery)
      noted.push(...ids)
      // No Celery is there that could do it.
      const left = async (): Promise<string[]> => (await lab.unackedIds()).filter((id) => ids.includes(id))
      await eventually(async () => expect(await left()).to.deep.equal([]), {
        what: 'what Celery had claimed is restored',
        timeoutMs: 60_000,
      })
    }
    const { missing } = await expectWhole(`Celery killed twice, ${noted.length} in its unacked`)
    await eventually(() => {
      const restored = lab.lovage.printed.log().reduce((sum, { restored = 0 }) => sum + Number(restored), 0)
      expect(restored, 'restored by Lovage').to.be.at.least(noted.length)
    })
    expect(noted.length).to.be.greaterThan(0)
    expect(missing.filter((id) => noted.includes(id))).to.deep.equal([])
    // Celery's own gap: taken from the list, and not yet noted. kombu takes one at a time.
    tell(`lost by Celery between taking and noting: ${missing.length}`)
    expect(missing.length).to.be.at.most(2 * celeryPrefetch)
  })
})
