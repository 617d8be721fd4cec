import { expect } from 'chai'
import type { CeleryApp } from '../support/celery.ts'
import type { TestEngine } from '../support/engine.ts'
import { InteropLab } from './interop-lab.ts'

const source = `
@app.task(name='py.clock')
def clock():
    return time.time() * 1000
`

/** Needs a real Celery on this machine. */
describe('a task that is due later, where no Lovage takes tasks', function () {
  this.timeout(120_000)
  const lab = new InteropLab(source)
  let app: CeleryApp
  let engine: TestEngine

  before(async () => {
    ;({ app, engine } = await lab.open())
    await app.startWorker({ pool: 'threads' })
  })
  after(() => lab.close())

  it('is kept by Celery until then', async () => {
    const before = Date.now()
    const [countdown, eta] = await Promise.all([
      engine.client.send('py.clock', [], { countdown: 2.5 }),
      engine.client.send('py.clock', [], { eta: new Date(before + 1_700) }),
    ])
    expect(await engine.redis.exists('lovage:eta:celery')).to.equal(0)
    expect(await countdown.get({ timeout: 60 })).to.be.at.least(before + 2_495)
    expect(await eta.get({ timeout: 60 })).to.be.at.least(before + 1_700)
  })
})

/** The other way round: whoever takes it keeps it. */
describe('a task that is due later, sent on its queue', function () {
  this.timeout(120_000)
  const lab = new InteropLab(source, { etaIn: 'message' })

  after(() => lab.close())

  it('runs here at its time, too, and is kept on the schedule until then', async () => {
    const { engine } = await lab.open()
    await engine.worker.start()
    const before = Date.now()
    const result = await engine.client.send('test.add', [1, 2], { countdown: 1 })
    expect(await result.get({ timeout: 30 })).to.equal(3)
    expect(Date.now()).to.be.at.least(before + 995)
  })
})
