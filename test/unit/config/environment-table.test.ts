import { expect } from 'chai'
import Joi from 'joi'
import { defaults } from '../../../config/default.ts'
import { checkSettings } from '../../../src/config/check-settings.ts'
import { environmentLayers, environmentTable, variableFor } from '../../../src/config/environment-table.ts'
import { mergeLayers } from '../../../src/config/merge-layers.ts'
import { settingNodes } from '../../../src/config/schema.ts'
import { valueAt } from '../../../src/config/settings-tree.ts'

/** For each variable: a value, and what it becomes. */
const examples: Record<string, readonly [string, unknown]> = {
  HOST: ['0.0.0.0', '0.0.0.0'],
  PORT: ['8080', 8080],
  PUBLIC_URL: ['https://shop.example', 'https://shop.example'],
  TRUSTED_PROXIES: ['loopback, 10.0.0.0/8', ['loopback', '10.0.0.0/8']],
  DATA_DIR: ['/srv/lovage', '/srv/lovage'],
  REDIS_URL: ['redis://a', 'redis://a'],
  CELERY_BROKER_URL: ['redis://b/0', 'redis://b/0'],
  CELERY_RESULT_BACKEND: ['redis://c', 'redis://c'],
  SESSION_REDIS_URL: ['redis://d', 'redis://d'],
  CODES_REDIS_URL: ['redis://e', 'redis://e'],
  REDIS_APPENDFSYNC: ['everysec', 'everysec'],
  DATABASE_URL: ['postgres://h/d', 'postgres://h/d'],
  CONCURRENCY: ['12', 12],
  AUTOSCALE: ['10, 3', [10, 3]],
  AUTOSCALE_KEEPALIVE: ['5', 5],
  LOW_MEMORY: ['1', true],
  LEASE_MS: ['500', 500],
  SHUTDOWN_TIMEOUT_MS: ['0', 0],
  ETA_IN: ['message', 'message'],
  PARK_UNKNOWN: ['false', false],
  VISIBILITY_TIMEOUT_MS: ['60000', 60_000],
  QUEUE_MAX_LENGTH: ['none', null],
  QUEUE_MAX_AGE_SECONDS: ['30', 30],
  ENQUEUE_TIMEOUT_MS: ['300', 300],
  TASK_EVENTS: ['1', true],
  TASK_SENT_EVENTS: ['true', true],
  BEAT: ['1', true],
  BEAT_SCHEDULE: ['{"a":{"task":"t","schedule":30}}', { a: { task: 't', schedule: 30 } }],
  BEAT_TIMEZONE: ['Europe/Berlin', 'Europe/Berlin'],
  DEAD_LETTERS_MAX: ['5', 5],
  SMS_ON_UNCERTAIN: ['retry', 'retry'],
  SMS_RATE_LIMIT: ['100/m', '100/m'],
  SMS_RESEND_SECONDS: ['none', null],
  BUDGET_SMS_PER_MOBILE_HOUR: ['6', 6],
  BUDGET_SMS_PER_MOBILE_DAY: ['none', null],
  BUDGET_SMS_PER_ADDRESS_HOUR: ['7', 7],
  BUDGET_SMS_PER_ADDRESS_DAY: ['none', null],
  BUDGET_SMS_PER_MINUTE: ['8', 8],
  BUDGET_WRONG_CODES_PER_MOBILE_DAY: ['none', null],
  BUDGET_PICTURES_PER_ADDRESS_MINUTE: ['9', 9],
  BUDGET_COUNTS_PER_ADDRESS_MINUTE: ['none', null],
  BUDGET_LOGINS_PER_ADDRESS_MINUTE: ['10', 10],
  SMS_PUMPING: ['none', null],
  SMS_PUMPING_CODES: ['20', 20],
  SMS_PUMPING_UNUSED_PERCENT: ['90', 90],
  SMS_PUMPING_SECONDS: ['600', 600],
  REVEAL_MOBILES: ['0', false],
  BCRYPT_COST: ['5', 5],
  SMS_GATEWAY: ['yuntongxun', 'yuntongxun'],
  SMS_CONSOLE_IN_PRODUCTION: ['1', true],
  YUNTONGXUN_BASE_URL: ['http://127.0.0.1:9', 'http://127.0.0.1:9'],
  YUNTONGXUN_ACCOUNT_SID: ['123', '123'],
  YUNTONGXUN_AUTH_TOKEN: ['456', '456'],
  YUNTONGXUN_APP_ID: ['789', '789'],
  YUNTONGXUN_TEMPLATE_ID: ['2', '2'],
  LOG_LEVEL: ['WARNING', 'warn'],
  SESSION_KEYS: ['one, two', ['one', 'two']],
  CODE_KEY: ['a,b', 'a,b'],
}

describe('config/environment-table', () => {
  it('has each variable and each setting once', () => {
    expect(environmentTable.map(({ name }) => name)).to.have.members(Object.keys(examples))
    expect(new Set(environmentTable.map(({ path }) => path)).size).to.equal(environmentTable.length)
  })

  it('leads to settings that are in the schema and in the defaults', () => {
    for (const { name, path } of environmentTable) {
      expect(Joi.isSchema(valueAt(settingNodes, path)), name).to.equal(true)
      expect(valueAt(defaults, path), name).not.to.equal(undefined)
    }
  })

  it('reads every variable, and the schema takes what comes of it', () => {
    const env = Object.fromEntries(Object.entries(examples).map(([name, [raw]]) => [name, raw]))
    const merged = mergeLayers([{ source: 'default', values: defaults }, ...environmentLayers(env)])
    // One of them takes the place of the other.
    for (const without of ['AUTOSCALE', 'CONCURRENCY']) {
      const layers = environmentLayers({ ...env, [without]: '' })
      checkSettings(mergeLayers([{ source: 'default', values: defaults }, ...layers]), 'test')
    }
    for (const { name, path } of environmentTable) {
      expect(valueAt(merged.values, path), name).to.deep.equal(examples[name]?.[1])
      expect(merged.sources.get(path)).to.equal(`${name} in the environment`)
    }
  })

  it('counts an empty variable as unset, and looks at no other', () => {
    const empty = Object.fromEntries(environmentTable.map(({ name }) => [name, '']))
    expect(environmentLayers({ ...empty, PATH: '/bin', port: '1' })).to.deep.equal([])
  })

  it('knows the variable of a setting', () => {
    expect(variableFor('http.port')).to.equal('PORT')
    expect(variableFor('worker.pool')).to.equal(undefined)
  })
})
