import { expect } from 'chai'
import { flagLayers, flagsTable } from '../../../src/config/flags-table.ts'
import type { FlagName } from '../../../src/config/flags-table.ts'

/** For each option: a value, and the layer that comes of it. */
const examples: Record<FlagName, readonly [string | readonly string[], string, object]> = {
  host: ['::1', '--host', { http: { host: '::1' } }],
  port: ['0', '--port', { http: { port: 0 } }],
  concurrency: ['1000', '--concurrency', { worker: { concurrency: 1000 } }],
  autoscale: ['10,3', '--autoscale', { worker: { autoscale: [10, 3] } }],
  pool: ['gevent', '--pool', { worker: { pool: 'async' } }],
  timeLimit: ['60', '--time-limit', { worker: { timeLimit: 60 } }],
  softTimeLimit: ['50', '--soft-time-limit', { worker: { softTimeLimit: 50 } }],
  maxTasksPerChild: ['100', '--max-tasks-per-child', { worker: { maxTasksPerChild: 100 } }],
  maxMemoryPerChild: ['12000', '--max-memory-per-child', { worker: { maxMemoryPerChild: 12_000 } }],
  parkUnknown: ['false', '--park-unknown', { worker: { parkUnknown: false } }],
  lowMemory: ['true', '--low-memory', { worker: { lowMemory: true } }],
  taskEvents: ['true', '--task-events', { events: { tasks: true } }],
  prefetchMultiplier: ['4', '--prefetch-multiplier', { worker: { prefetchMultiplier: 4 } }],
  beat: ['true', '--beat', { beat: { withWorker: true } }],
  queues: ['high,low', '--queues', { worker: { queues: ['high', 'low'] } }],
  excludeQueues: ['high', '--exclude-queues', { worker: { excludeQueues: ['high'] } }],
  include: ['more,other', '--include', { worker: { include: ['more', 'other'] } }],
  tasks: [['tasks/sms', 'tasks/mail'], '-A', { worker: { tasks: ['tasks/sms', 'tasks/mail'] } }],
  metricsPort: ['9464', '--metrics-port', { metrics: { port: 9464 } }],
  node: ['w1@here', '--hostname', { worker: { node: 'w1@here' } }],
  loglevel: ['CRITICAL', '--loglevel', { log: { level: 'error' } }],
  broker: ['redis://b', '--broker', { redis: { brokerUrl: 'redis://b' } }],
  resultBackend: ['redis://r', '--result-backend', { redis: { resultsUrl: 'redis://r' } }],
  smsGateways: ['aliyun, tencent', '--gateway', { sms: { gateways: ['aliyun', 'tencent'] } }],
  dataDir: ['/srv', '--data-dir', { dataDir: '/srv' }],
}

describe('config/flags-table', () => {
  it('has each option once', () => {
    expect(flagsTable.map(({ name }) => name)).to.have.members(Object.keys(examples))
  })

  for (const { name } of flagsTable) {
    it(`reads ${name}`, () => {
      const [value, source, values] = examples[name]
      expect(flagLayers({ [name]: value })).to.deep.equal([{ source, values }])
    })
  }

  it('counts undefined as not given', () => {
    expect(flagLayers({ port: undefined })).to.deep.equal([])
  })

  it('does not count an empty value as not given', () => {
    expect(flagLayers({ port: '' })).to.deep.equal([{ source: '--port', values: { http: { port: '' } } }])
  })

  it('refuses a name that is not in the table', () => {
    const flags: object = { logLevel: 'info', port: '1' }
    expect(() => flagLayers(flags)).to.throw(
      TypeError,
      `expected flags among ${flagsTable.map(({ name }) => name).join(', ')}, came logLevel`,
    )
  })
})
