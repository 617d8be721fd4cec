import { resolve } from 'node:path'
import { expect } from 'chai'
import { loadPlaces } from '../../../src/config/load-places.ts'
import { loadSettings } from '../../../src/config/load-settings.ts'
import { SettingsError } from '../../../src/config/settings-error.ts'

describe('the settings of a command that only asks', () => {
  const secrets = { SESSION_KEYS: 'k'.repeat(40), CODE_KEY: 'c'.repeat(40) }

  for (const [what, env, flags] of [
    ['nothing', {}, {}],
    ['addresses', { REDIS_URL: 'redis://one', CELERY_BROKER_URL: 'rediss://two:1/3' }, {}],
    ['bounds of the queue', { QUEUE_MAX_LENGTH: 'none', QUEUE_MAX_AGE_SECONDS: '9', TASK_SENT_EVENTS: '1' }, {}],
    ['queues', {}, { queues: 'a,b', excludeQueues: 'b' }],
    ['a folder and a broker', { DATA_DIR: 'there', CELERY_BROKER_URL: 'redis://no' }, { broker: 'redis://yes/4' }],
  ] as const) {
    it(`are those that the whole check gives, where ${what} is set`, async () => {
      const { dataDir, redis, queue, worker, events } = loadSettings({ env: { ...env, ...secrets }, flags }).settings
      const { queues } = worker
      const expected = { dataDir, redis, queue, worker: { queues }, events: { sent: events.sent } }
      expect(await loadPlaces({ env, flags })).to.deep.equal(expected)
    })
  }

  it('need no secrets, in production neither', async () => {
    const { dataDir } = await loadPlaces({ env: { NODE_ENV: 'production' }, flags: { dataDir: 'here' } })
    expect(dataDir).to.equal(resolve('here'))
  })

  for (const [what, env, flags] of [
    ['an address of no Redis', { CELERY_BROKER_URL: 'amqp://here' }, {}],
    ['an empty folder', {}, { dataDir: '' }],
    ['a queue with a blank', {}, { queues: 'a b' }],
    ['no queue', {}, { excludeQueues: 'celery' }],
    ['a bound of no messages', { QUEUE_MAX_LENGTH: '0' }, {}],
    ['an unknown environment', { NODE_ENV: 'moon' }, {}],
  ] as const) {
    it(`are refused with the whole check's words, where ${what} is set`, async () => {
      const refused = (load: () => unknown) => Promise.resolve().then(load).then(String, String)
      const whole = await refused(() => loadSettings({ env: { ...env, ...secrets }, flags }))
      expect(whole).to.contain(SettingsError.name)
      expect(await refused(() => loadPlaces({ env: { ...env, ...secrets }, flags }))).to.equal(whole)
    })
  }
})
