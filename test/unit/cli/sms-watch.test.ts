import { expect } from 'chai'
import { GatewayWatch } from '../../../src/cli/sms-watch.ts'
import { Breaker } from '../../../src/sms/breaker.ts'
import { HealthBoard, type GatewayFigures } from '../../../src/sms/health-board.ts'

describe('what the log is told of SMS gateways', () => {
  let board: HealthBoard
  let watch: GatewayWatch
  let lines: [level: string, text: string, gateway: string, breaker: string][]

  beforeEach(() => {
    board = new HealthBoard(['aliyun', 'tencent'])
    lines = []
    const write = (level: string) => (fields: object, text?: string) => {
      const { smsGateway } = fields as { smsGateway: GatewayFigures }
      lines.push([level, text ?? '', smsGateway.gateway, smsGateway.breaker])
    }
    watch = new GatewayWatch(board, { info: write('info'), warn: write('warn') })
  })
  afterEach(() => watch.close())

  it('is each change of a breaker, once', () => {
    let now = 0
    const breaker = new Breaker(board.row(0), { failures: 1, openMs: 10 }, () => now)
    watch.look()
    breaker.failed()
    watch.look()
    watch.look()
    now = 10
    breaker.enter()
    watch.look()
    breaker.succeeded()
    watch.look()
    expect(lines).to.deep.equal([
      ['warn', 'SMS gateway fails: it is passed over', 'aliyun', 'open'],
      ['info', 'SMS gateway is tried again', 'aliyun', 'probing'],
      ['info', 'SMS gateway works again', 'aliyun', 'closed'],
    ])
  })

  it('is the figures of those that had messages, each minute and at the end', () => {
    board.row(1).count('attempts')
    for (let look = 0; look < 59; look += 1) watch.look()
    expect(lines).to.deep.equal([])
    watch.look()
    expect(lines).to.deep.equal([['info', 'SMS gateway', 'tencent', 'closed']])
    for (let look = 0; look < 60; look += 1) watch.look()
    expect(lines).to.have.length(1)
    board.row(0).count('attempts')
    watch.close()
    expect(lines.slice(1)).to.deep.equal([['info', 'SMS gateway', 'aliyun', 'closed']])
  })
})
