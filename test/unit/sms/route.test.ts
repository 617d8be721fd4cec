import { expect } from 'chai'
import type { GatewayName, SmsFailure, SmsGateway, SmsResult, SmsSettings } from '../../../src/sms/gateway.ts'
import { HealthBoard } from '../../../src/sms/health-board.ts'
import { SmsRoute, type Routed } from '../../../src/sms/route.ts'
import { smsSettings } from '../../support/sms-settings.ts'

const message = { mobile: '13812345678', code: '135790', validMinutes: 5, requestId: 'one' }
const never = new AbortController().signal
const accepted: SmsResult = { class: 'accepted' }
const refused: SmsFailure = { class: 'transient', providerCode: 'ECONNREFUSED', reason: 'refused' }
const lost: SmsFailure = { class: 'transient', providerCode: 'TIMEOUT', reason: 'no answer', maybeSent: true }
const misconfigured: SmsFailure = { class: 'configuration', providerCode: 'KEY', reason: 'no such key' }
const noNumber: SmsFailure = { class: 'recipient', providerCode: 'NUMBER', reason: 'no such number' }
const throttled: SmsFailure = { class: 'throttled', providerCode: 'LIMIT', reason: 'too many' }

/** A route over gateways that do as they are told, with a clock that a test moves. */
class Lab {
  now = 1_000
  readonly asked: string[] = []
  readonly moves = new Map<string, SmsResult | Error>()
  /** How long each request takes, in milliseconds. */
  takesMs = 0
  readonly settings: SmsSettings
  readonly route: SmsRoute

  constructor(gateways: readonly GatewayName[], given: Partial<SmsSettings> = {}) {
    this.settings = smsSettings({ gateways, breaker: { failures: 2, openMs: 1_000 }, ...given })
    this.route = this.another()
  }

  /** Of another thread with the same settings. */
  another(): SmsRoute {
    const open = (name: GatewayName): SmsGateway => ({
      name,
      idempotent: name === 'yuntongxun' || name === 'webhook',
      send: async () => {
        this.asked.push(name)
        this.now += this.takesMs
        const move = this.moves.get(name) ?? accepted
        if (move instanceof Error) throw move
        return move
      },
    })
    return new SmsRoute(this.settings, { open, now: () => this.now })
  }

  /** What became of a message, and who was asked. */
  async send(pin: string | null = null, route = this.route): Promise<Routed & { asked: string }> {
    this.asked.length = 0
    const routed = await route.send(message, never, pin)
    return { ...routed, asked: this.asked.join() }
  }

  breaker(name: string): string | undefined {
    return this.route.figures.find(({ gateway }) => gateway === name)?.breaker
  }
}

describe('a route over several gateways', () => {
  it('sends through the first that is in order', async () => {
    const lab = new Lab(['aliyun', 'tencent'])
    const { asked, gateway, result } = await lab.send()
    expect([asked, gateway.name, result]).to.deep.equal(['aliyun', 'aliyun', accepted])
  })

  for (const failure of [refused, misconfigured]) {
    it(`goes on to the next after ${failure.class} ${failure.providerCode}: the first has not sent it`, async () => {
      const lab = new Lab(['aliyun', 'tencent', 'twilio'])
      lab.moves.set('aliyun', failure)
      const { asked, gateway, result } = await lab.send()
      expect([asked, gateway.name, result]).to.deep.equal(['aliyun,tencent', 'tencent', accepted])
    })
  }

  for (const failure of [lost, noNumber, throttled]) {
    it(`asks nobody else after ${failure.class} ${failure.providerCode}`, async () => {
      for (const first of ['aliyun', 'yuntongxun'] as const) {
        const lab = new Lab([first, 'tencent'])
        lab.moves.set(first, failure)
        const { asked, result } = await lab.send()
        expect([asked, result]).to.deep.equal([first, failure])
      }
    })
  }

  it('sends what may be with a gateway there, or nowhere, also when its breaker is open', async () => {
    const lab = new Lab(['aliyun', 'yuntongxun'])
    expect((await lab.send('yuntongxun')).asked).to.equal('yuntongxun')
    lab.moves.set('yuntongxun', refused)
    for (let time = 0; time < 3; time += 1) {
      const { asked, result } = await lab.send('yuntongxun')
      expect([asked, result]).to.deep.equal(['yuntongxun', refused])
    }
    expect(lab.breaker('yuntongxun')).to.equal('open')
    const { asked, gateway, result } = await lab.send('twilio')
    expect([asked, gateway]).to.deep.equal(['', { name: 'twilio', idempotent: false }])
    expect(result).to.include({ class: 'transient', providerCode: 'GATEWAY_GONE', maybeSent: true })
  })

  it('is worth another try unless all need a person', async () => {
    const lab = new Lab(['aliyun', 'tencent'])
    lab.moves.set('aliyun', misconfigured).set('tencent', refused)
    const { gateway, result } = await lab.send()
    expect([gateway.name, result]).to.deep.equal([
      'tencent',
      { class: 'transient', providerCode: 'ECONNREFUSED', reason: 'refused (before: aliyun: KEY: no such key)' },
    ])
    lab.moves.set('tencent', misconfigured)
    expect((await lab.send()).result).to.include({ class: 'configuration', providerCode: 'KEY' })
  })

  it('says of a failure what others had said before', async () => {
    const lab = new Lab(['aliyun', 'tencent'])
    lab.moves.set('aliyun', refused).set('tencent', noNumber)
    const { result } = await lab.send()
    expect(result).to.deep.equal({
      ...noNumber,
      reason: 'no such number (before: aliyun: ECONNREFUSED: refused)',
    })
  })

  it('looks for no further gateway when the search has taken too long', async () => {
    const lab = new Lab(['aliyun', 'tencent', 'twilio'])
    lab.takesMs = 3_000
    lab.moves.set('aliyun', refused).set('tencent', refused)
    const { asked, result } = await lab.send()
    expect([asked, result.class]).to.deep.equal(['aliyun,tencent', 'transient'])
  })

  it('tells that a message may be repeated only where there is one gateway, which can tell', () => {
    const idempotent = (...names: GatewayName[]): boolean => new Lab(names).route.idempotent
    expect([idempotent('yuntongxun'), idempotent('webhook')]).to.deep.equal([true, true])
    expect([idempotent('aliyun'), idempotent('yuntongxun', 'webhook')]).to.deep.equal([false, false])
  })

  it('refuses a message that nobody can send before anybody is asked', async () => {
    const lab = new Lab(['aliyun'])
    const error = await lab.route.send({ ...message, code: '' }, never).catch((thrown: unknown) => thrown)
    expect(error).to.have.property('code', 'SMS_MESSAGE_INVALID')
    expect([lab.asked, lab.route.figures[0]?.attempts]).to.deep.equal([[], 0])
  })
})

describe('a breaker', () => {
  async function opened(...gateways: GatewayName[]): Promise<Lab> {
    const lab = new Lab(gateways)
    lab.moves.set('aliyun', refused)
    await lab.send()
    expect(lab.breaker('aliyun')).to.equal('closed')
    await lab.send()
    expect(lab.breaker('aliyun')).to.equal('open')
    return lab
  }

  it('opens after so many failures one after another: messages pass the gateway over', async () => {
    const lab = await opened('aliyun', 'tencent')
    expect((await lab.send()).asked).to.equal('tencent')
    expect(lab.route.figures[0]).to.include({ attempts: 2, passedOver: 1, lastError: 'transient' })
  })

  it('counts anew after a message that went well, and takes no number for a failure', async () => {
    const lab = new Lab(['aliyun', 'tencent'])
    for (const move of [refused, accepted, refused, noNumber, refused, throttled, refused]) {
      lab.moves.set('aliyun', move)
      await lab.send()
    }
    expect(lab.breaker('aliyun')).to.equal('closed')
  })

  it('lets one message through when its time is over, and closes when that went well', async () => {
    const lab = await opened('aliyun', 'tencent')
    lab.now += 999
    expect((await lab.send()).asked).to.equal('tencent')
    lab.now += 1
    lab.moves.set('aliyun', accepted)
    expect((await lab.send()).asked).to.equal('aliyun')
    expect(lab.breaker('aliyun')).to.equal('closed')
    expect((await lab.send()).asked).to.equal('aliyun')
  })

  it('stays open for twice as long when that failed, up to five minutes', async () => {
    const lab = await opened('aliyun', 'tencent')
    for (const openMs of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000]) {
      lab.now += openMs - 1
      expect((await lab.send()).asked, `${openMs}`).to.equal('tencent')
      lab.now += 1
      expect((await lab.send()).asked, `${openMs}`).to.equal('aliyun,tencent')
    }
    lab.now += 300_000
    lab.moves.set('aliyun', accepted)
    await lab.send()
    lab.moves.set('aliyun', refused)
    await lab.send()
    await lab.send()
    lab.now += 1_000
    expect((await lab.send()).asked).to.equal('aliyun,tencent')
  })

  it('takes a message that was cut off for a failure', async () => {
    const lab = await opened('aliyun', 'tencent')
    lab.now += 1_000
    const aborted = new Error('aborted')
    lab.moves.set('aliyun', aborted)
    const error = await lab.route.send(message, never).catch((thrown: unknown) => thrown)
    expect(error).to.equal(aborted)
    expect(lab.breaker('aliyun')).to.equal('open')
    expect(lab.route.figures[0]).to.include({ attempts: 3, uncertain: 1 })
  })

  it('does not count what asked nobody', async () => {
    const lab = await opened('aliyun', 'tencent')
    lab.now += 1_000
    lab.moves.set('aliyun', { ...noNumber, unasked: true })
    await lab.send()
    expect(lab.breaker('aliyun')).to.equal('open')
    lab.moves.set('aliyun', accepted)
    expect((await lab.send()).asked).to.equal('aliyun')
  })

  it('keeps no message from the only gateway', async () => {
    const lab = await opened('aliyun')
    const { asked, result } = await lab.send()
    expect([asked, result]).to.deep.equal(['aliyun', refused])
    lab.moves.set('aliyun', accepted)
    expect((await lab.send()).result).to.equal(accepted)
    expect(lab.breaker('aliyun')).to.equal('closed')
  })

  it('where all are open, gives the message to the one that is to be tried first', async () => {
    const lab = await opened('aliyun', 'tencent')
    lab.now += 500
    lab.moves.set('tencent', refused)
    await lab.send()
    expect([lab.breaker('aliyun'), lab.breaker('tencent')]).to.deep.equal(['open', 'closed'])
    await lab.send()
    expect(lab.breaker('tencent')).to.equal('open')
    expect((await lab.send()).asked).to.equal('aliyun')
  })

  it('is one for all threads of a process', async () => {
    const board = new HealthBoard(['aliyun', 'tencent'])
    const lab = new Lab(['aliyun', 'tencent'], { health: board.memory })
    const other = lab.another()
    lab.moves.set('aliyun', refused)
    await lab.send()
    await lab.send(null, other)
    expect((await lab.send()).asked).to.equal('tencent')
    expect((await lab.send(null, other)).asked).to.equal('tencent')
    lab.now += 1_000
    expect(lab.breaker('aliyun')).to.equal('open')
    expect(board.figures()).to.deep.equal(other.figures)
  })
})

describe('the figures of gateways', () => {
  it('tell of each what became of its messages', async () => {
    const lab = new Lab(['aliyun'], { breaker: { failures: 9, openMs: 1_000 } })
    for (const move of [accepted, refused, lost, throttled, noNumber, misconfigured, accepted]) {
      lab.moves.set('aliyun', move)
      await lab.send()
    }
    const [figures] = lab.route.figures
    expect(figures).to.deep.include({
      gateway: 'aliyun',
      attempts: 7,
      accepted: 2,
      failed: { transient: 2, throttled: 1, recipient: 1, configuration: 1 },
      uncertain: 1,
      passedOver: 0,
      breaker: 'closed',
      lastError: 'configuration',
    })
    for (const at of [figures?.lastAt, figures?.lastErrorAt]) {
      expect(Math.abs(Date.now() - Date.parse(at ?? ''))).to.be.below(60_000)
    }
  })

  it('are empty at first', () => {
    expect(new HealthBoard(['aliyun']).figures()).to.deep.equal([
      {
        gateway: 'aliyun',
        attempts: 0,
        accepted: 0,
        failed: { transient: 0, throttled: 0, recipient: 0, configuration: 0 },
        uncertain: 0,
        passedOver: 0,
        breaker: 'closed',
        lastError: null,
        lastErrorAt: null,
        lastAt: null,
      },
    ])
    expect(() => new HealthBoard(['aliyun']).row(1)).to.throw(RangeError, 'expected a place from 0 to 0, came 1')
  })
})
