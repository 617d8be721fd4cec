import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { createBrowser } from '../support/cookie-jar.ts'
import { eventually } from '../support/eventually.ts'
import { FakeYuntongxun } from '../support/fake-yuntongxun.ts'
import { embeddedRedisPid, startService, type Service } from '../support/service.ts'
import { gatewayEnvironment } from './gateway-environment.ts'
import { askForCode, databases, expectOk, newMobile, registrationOf } from './journey.ts'
import { countMessages, expectMessages, resultOf } from './queue.ts'

const slots = 2
const messages = 10

describe('kill -9 of the service while messages are sent', function () {
  this.timeout(60_000)
  let fake: FakeYuntongxun
  let first: Service
  let second: Service
  let broker: Redis
  let redisPid: number | null
  const mobiles = Array.from({ length: messages }, newMobile)
  const ids: string[] = []

  before(async () => {
    fake = await FakeYuntongxun.start()
    fake.behaviour = { kind: 'hang' }
    first = await startService({ args: ['-c', String(slots)], env: gatewayEnvironment(fake) })
    const codes = first.redis(databases.codes)
    broker = first.redis(databases.broker)
    const browser = createBrowser(first.url)
    for (const mobile of mobiles) ids.push(String(expectOk(await askForCode(codes, browser, mobile))['task_id']))
    await eventually(() => expect(fake.hanging).to.have.length(slots))
    redisPid = embeddedRedisPid(first.dataDir)

    first.signal('SIGKILL')
    expect(await first.exited).to.deep.equal({ code: null, signal: 'SIGKILL' })
  })
  after(async () => {
    await second?.stop()
    await first?.stop()
    await fake.refuse()
  })

  it('leaves Redis running, with every message on the list or claimed', async () => {
    expect(redisPid).to.be.a('number').and.equal(embeddedRedisPid(first.dataDir))
    expect(await countMessages(broker)).to.deep.equal({ waiting: messages - slots, claimed: slots })
  })

  it('loses none and sends none twice: a start on the same folder sends them all', async () => {
    // The provider takes one of the two that were under way: nobody is there any more to hear that.
    fake.hanging.splice(0)[0]?.answer()
    fake.behaviour = { kind: 'ok' }
    expect(fake.sent).to.have.length(1)

    second = await startService({
      args: ['-c', String(slots)],
      env: gatewayEnvironment(fake),
      dataDir: first.dataDir,
    })
    for (const id of ids) expect(await resultOf(broker, id)).to.include({ status: 'SUCCESS', result: 0 })
    expect(fake.sent.map(({ to }) => to)).to.have.members(mobiles)
    expect(fake.sent.map(({ reqId }) => reqId)).to.have.members(ids.map((id) => id.replaceAll('-', '')))
    expect(fake.repeated).to.equal(1)
    expect(fake.faults).to.deep.equal([])
    await expectMessages(broker, { waiting: 0, claimed: 0 })
  })

  it('finds the same Redis at the next start, under the same name of the node', async () => {
    expect(embeddedRedisPid(first.dataDir)).to.equal(redisPid)
    const node = /^lovage \S+ on (\S+)$/m
    expect(node.exec(second.output())?.[1]).to.equal(node.exec(first.output())?.[1])
    expect(second.output()).to.contain('took back messages of a process that is gone')
    expect(await broker.scard('lovage:nodes')).to.equal(1)
  })

  it('does not harm the codes: one that was queued before is good afterwards', async () => {
    const [mobile = ''] = mobiles
    const code = fake.sent.find(({ to }) => to === mobile)?.datas[0] ?? ''
    const form = { ...registrationOf({ mobile }), sms_code: code }
    expectOk(await createBrowser(second.url).post('/register', form))
  })
})
