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
  CORS_ORIGINS: ['https://a.example, http://b:8080', ['https://a.example', 'http://b:8080']],
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
  RECORDS_MAX: ['none', null],
  RECORDS_PER_SECOND: ['5', 5],
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
  LOGIN_FREE_TRIES: ['none', null],
  LOGIN_FREE_TRIES_PER_ADDRESS: ['100', 100],
  PASSWORD_PROFILE: ['strict', 'strict'],
  AUDIT_DAYS: ['30', 30],
  AUDIT_MAX_ROWS: ['5000', 5_000],
  SMS_GATEWAY: ['yuntongxun, aliyun', ['yuntongxun', 'aliyun']],
  SMS_CONNECT_TIMEOUT_MS: ['1000', 1_000],
  SMS_TIMEOUT_MS: ['2000', 2_000],
  SMS_BREAKER_FAILURES: ['3', 3],
  SMS_BREAKER_OPEN_MS: ['1000', 1_000],
  SMS_CONSOLE_IN_PRODUCTION: ['1', true],
  YUNTONGXUN_BASE_URL: ['http://127.0.0.1:9', 'http://127.0.0.1:9'],
  YUNTONGXUN_ACCOUNT_SID: ['123', '123'],
  YUNTONGXUN_AUTH_TOKEN: ['456', '456'],
  YUNTONGXUN_APP_ID: ['789', '789'],
  YUNTONGXUN_TEMPLATE_ID: ['2', '2'],
  ALIYUN_BASE_URL: ['http://127.0.0.1:8', 'http://127.0.0.1:8'],
  ALIYUN_ACCESS_KEY_ID: ['LTAI', 'LTAI'],
  ALIYUN_ACCESS_KEY_SECRET: ['s1', 's1'],
  ALIYUN_SIGN_NAME: ['商店', '商店'],
  ALIYUN_TEMPLATE_CODE: ['SMS_1', 'SMS_1'],
  ALIYUN_CODE_PARAM: ['number', 'number'],
  ALIYUN_MINUTES_PARAM: ['none', null],
  TENCENT_BASE_URL: ['http://127.0.0.1:7', 'http://127.0.0.1:7'],
  TENCENT_SECRET_ID: ['AKID', 'AKID'],
  TENCENT_SECRET_KEY: ['s2', 's2'],
  TENCENT_REGION: ['ap-beijing', 'ap-beijing'],
  TENCENT_SDK_APP_ID: ['1400', '1400'],
  TENCENT_SIGN_NAME: ['店', '店'],
  TENCENT_TEMPLATE_ID: ['11', '11'],
  TENCENT_TEMPLATE_PARAMS: ['code', ['code']],
  TWILIO_BASE_URL: ['http://127.0.0.1:6', 'http://127.0.0.1:6'],
  TWILIO_ACCOUNT_SID: [`AC${'0'.repeat(32)}`, `AC${'0'.repeat(32)}`],
  TWILIO_AUTH_TOKEN: ['s3', 's3'],
  TWILIO_FROM: ['+15551234567', '+15551234567'],
  TWILIO_MESSAGING_SERVICE_SID: [`MG${'0'.repeat(32)}`, `MG${'0'.repeat(32)}`],
  TWILIO_TEXT: ['{code}', '{code}'],
  SMS_WEBHOOK_URL: ['http://127.0.0.1:5/x', 'http://127.0.0.1:5/x'],
  SMS_WEBHOOK_SECRETS: [
    `whsec_${'a'.repeat(32)}, whsec_${'b'.repeat(32)}`,
    [`whsec_${'a'.repeat(32)}`, `whsec_${'b'.repeat(32)}`],
  ],
  SMS_WEBHOOK_TEXT: ['{code}!', '{code}!'],
  MONITOR: ['0', false],
  MONITOR_TOKEN: ['t'.repeat(32), 't'.repeat(32)],
  MONITOR_HOSTS: ['monitor.example, 10.0.0.5:3000', ['monitor.example', '10.0.0.5:3000']],
  MONITOR_SESSION_HOURS: ['1', 1],
  MONITOR_HISTORY_HOURS: ['48', 48],
  METRICS_PORT: ['9464', 9464],
  METRICS_HOST: ['::1', '::1'],
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
