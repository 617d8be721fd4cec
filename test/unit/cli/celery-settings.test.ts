import { expect } from 'chai'
import { bugReport, formatBugReport } from '../../../src/cli/bug-report.ts'
import { celerySettings, celeryUrl, connectionInfo } from '../../../src/cli/celery-settings.ts'
import { loadWithoutSecrets } from '../../../src/config/load-settings.ts'
import { parseRedisUrl } from '../../../src/redis/address.ts'

const secret = 'hunter2hunter2'
const servers = {
  broker: parseRedisUrl(`redis://me:${secret}@host:6380/3`),
  results: parseRedisUrl(`rediss://:${secret}@other/4`),
}

function settings(flags = {}) {
  return loadWithoutSecrets({ env: { NODE_ENV: 'test' }, flags })
}

describe("the settings under Celery's names", () => {
  it('are those that differ from what Celery has by default', () => {
    const told = celerySettings(settings({ timeLimit: 60, queues: ['mail', 'celery'] }), servers, false)
    expect(told).to.include({ task_time_limit: 60, task_default_queue: 'mail', task_acks_late: true })
    expect(told).not.to.have.any.keys('task_soft_time_limit', 'timezone', 'result_expires', 'task_serializer')
  })

  it('are all that are known, where that is asked for', () => {
    const all = celerySettings(settings(), servers, true)
    expect(all).to.include({ worker_send_task_events: false, task_send_sent_event: false })
    expect(all).to.include({ timezone: 'UTC', enable_utc: true, result_expires: 86_400, task_time_limit: null })
    expect(Object.keys(all)).to.include.members(Object.keys(celerySettings(settings(), servers, false)))
  })

  it('hold no password, nor does anything else that is told', () => {
    const told = [
      celerySettings(settings(), servers, true),
      connectionInfo(servers.broker, 1_000),
      formatBugReport(bugReport(celerySettings(settings(), servers, false))),
    ]
    expect(JSON.stringify(told)).not.to.contain(secret)
    expect(celerySettings(settings(), servers, false)).to.include({ broker_url: 'redis://me:***@host:6380/3' })
  })

  it('have a socket as kombu takes it', () => {
    expect(celeryUrl({ socketPath: '/a/b.sock', db: 10 })).to.equal('redis+socket:///a/b.sock?virtual_host=10')
  })
})

describe('the broker as kombu describes it', () => {
  for (const [url, expected] of [
    ['redis://me:pw@host:6380/3', { hostname: 'host', port: 6380, userid: 'me', virtual_host: '3', ssl: false }],
    ['rediss://host', { hostname: 'host', port: 6379, userid: null, virtual_host: '0', ssl: true }],
    ['unix:///a.sock?db=2', { hostname: '/a.sock', port: null, virtual_host: '2', ssl: false }],
    ['redis+sentinel://a,b:1/main/5', { hostname: 'a:26379,b:1', port: null, virtual_host: '5', ssl: false }],
  ] as const) {
    it(url, () => {
      expect(connectionInfo(parseRedisUrl(url), 1_500)).to.include({
        ...expected,
        transport: 'redis',
        connect_timeout: 1.5,
      })
    })
  }
})

describe('a report of a fault', () => {
  it("is laid out as Celery's", () => {
    const text = formatBugReport(
      bugReport({ broker_url: 'redis://a', result_backend: 'redis://b', task_acks_late: true }),
    )
    expect(text).to.match(/^\nsoftware -> lovage:\S+ node:v\d/)
    expect(text).to.match(/^platform -> system:\S+ arch:\S+\n {12}kernel version:\S+ imp:Node\.js$/m)
    expect(text).to.contain("\nsettings -> transport:redis results:redis://b\n\nbroker_url: 'redis://a'\n")
    expect(text).to.match(/\ntask_acks_late: True\n$/)
  })
})
