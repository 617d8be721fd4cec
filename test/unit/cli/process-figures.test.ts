import { expect } from 'chai'
import { defaults } from '../../../config/default.ts'
import { openFigures } from '../../../src/cli/process-figures.ts'
import { smsTaskSettings } from '../../../src/cli/sms-settings.ts'
import type { GatewayName, SmsResult } from '../../../src/sms/gateway.ts'
import { SmsRoute } from '../../../src/sms/route.ts'

const message = { mobile: '13812345678', code: '135790', validMinutes: 5, requestId: 'one' }

describe("a process's figures", () => {
  it("are those of its threads' gateways", async () => {
    const gateways: GatewayName[] = ['aliyun', 'tencent']
    const settings = { sms: { ...defaults.sms, gateways }, codes: defaults.codes }
    const figures = openFigures(settings)
    // As the pool hands settings to a thread: what is plain is copied, what is shared stays the same.
    const { gateway: ofThread } = structuredClone(smsTaskSettings(settings, figures.gateways))
    const results: Partial<Record<GatewayName, SmsResult>> = {
      aliyun: { class: 'configuration', providerCode: 'KEY', reason: 'no such key' },
      tencent: { class: 'accepted' },
    }
    const route = new SmsRoute(ofThread, {
      open: (name) => ({ name, idempotent: false, send: async () => results[name] as SmsResult }),
    })
    for (let sent = 0; sent < defaults.sms.breaker.failures; sent += 1) {
      await route.send(message, new AbortController().signal)
    }
    const [aliyun, tencent] = figures.gateways.figures()
    expect(aliyun).to.deep.include({ gateway: 'aliyun', breaker: 'open', lastError: 'configuration', attempts: 5 })
    expect(tencent).to.deep.include({ gateway: 'tencent', breaker: 'closed', lastError: null, accepted: 5 })
  })

  it('begin at 0', () => {
    const { gateways, budgets } = openFigures({ sms: { ...defaults.sms, gateways: ['webhook'] } })
    expect(gateways.figures()).to.have.length(1)
    expect(gateways.figures()[0]).to.deep.include({ gateway: 'webhook', attempts: 0, breaker: 'closed' })
    expect(new Set(Object.values(budgets.now().refused))).to.deep.equal(new Set([0]))
  })
})
