import { expect } from 'chai'
import * as fs from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { environmentTable } from '../../../src/config/environment-table.ts'
import type { FlagValues } from '../../../src/config/flags-table.ts'
import { loadSettings, loadWithoutSecrets } from '../../../src/config/load-settings.ts'
import type { LoadedSettings } from '../../../src/config/load-settings.ts'
import { isGroup, valueAt } from '../../../src/config/settings-tree.ts'
import { settingsErrorOf } from './faults-of.ts'

const longKey = 'k'.repeat(32)

describe('config/load-settings', () => {
  let folder = ''
  let dataDir = ''

  beforeEach(() => {
    folder = fs.mkdtempSync(join(tmpdir(), 'lovage-settings-'))
    dataDir = join(folder, 'data')
  })

  afterEach(() => {
    fs.rmSync(folder, { recursive: true })
  })

  function load(env: NodeJS.ProcessEnv, flags: FlagValues = {}): LoadedSettings {
    return loadSettings({ env: { DATA_DIR: dataDir, ...env }, flags })
  }

  it('makes no secrets for a command that only tells what is set', () => {
    const settings = loadWithoutSecrets({ env: { DATA_DIR: dataDir }, flags: { queues: 'a' } })
    expect(settings.worker.queues).to.deep.equal(['a'])
    expect(settings).not.to.have.property('secrets')
    expect(fs.existsSync(dataDir)).to.equal(false)
  })

  it('takes the defaults, then the file, then the environment, then the flags', () => {
    const byDefault = load({})
    expect(byDefault.settings.http.port).to.equal(3000)
    expect(byDefault.sources['http.port']).to.equal('default')

    const byFile = load({ NODE_ENV: 'test' })
    expect(byFile.settings.http.port).to.equal(0)
    expect(byFile.sources['http.port']).to.equal('config/test.ts')

    const byVariable = load({ NODE_ENV: 'test', PORT: '4000' })
    expect(byVariable.settings.http.port).to.equal(4000)
    expect(byVariable.sources['http.port']).to.equal('PORT in the environment')

    const byFlag = load({ NODE_ENV: 'test', PORT: '4000' }, { port: '5000' })
    expect(byFlag.settings.http.port).to.equal(5000)
    expect(byFlag.sources['http.port']).to.equal('--port')
  })

  it('is for development unless NODE_ENV says otherwise', () => {
    const secrets = { SESSION_KEYS: longKey, CODE_KEY: longKey, SMS_CONSOLE_IN_PRODUCTION: '1' }
    expect(load({}).environment).to.equal('development')
    expect(load({ NODE_ENV: '' }).environment).to.equal('development')
    expect(load({ NODE_ENV: 'test' }).environment).to.equal('test')
    expect(load({ NODE_ENV: 'production', ...secrets }).environment).to.equal('production')
  })

  it('refuses another NODE_ENV and lists those that there are', () => {
    expect(settingsErrorOf(() => load({ NODE_ENV: 'staging' })).faults).to.deep.equal([
      {
        setting: 'NODE_ENV',
        source: 'NODE_ENV in the environment',
        expected: 'one of development, production, test',
        came: '"staging"',
      },
    ])
  })

  it('gives settings that are complete, each with a source, and frozen', () => {
    const { settings, sources } = load({}, { pool: 'prefork' })
    expect(settings.dataDir).to.equal(dataDir)
    expect(settings.worker.concurrency).to.be.above(3)
    expect(settings.worker.node).to.equal(hostname().replaceAll(/[^\w.@-]/g, '-'))
    expect(settings.worker.pool).to.equal('threads')
    expect(sources['worker.concurrency']).to.equal('default')
    expect(sources['worker.pool']).to.equal('--pool')
    expect(Object.keys(sources).filter((path) => isGroup(valueAt(settings, path)))).to.deep.equal([])
    expect(Object.keys(sources)).to.include.members(['dataDir', 'redis.databases.broker', 'worker.queues'])
    expect([settings, settings.redis.databases, settings.worker.queues, sources].every(Object.isFrozen)).to.equal(true)
  })

  it('makes secrets that are not set, and keeps them', () => {
    const first = load({})
    const file = join(dataDir, 'secrets.json')
    expect(fs.existsSync(file)).to.equal(true)
    expect(first.sources).to.include({ 'secrets.sessionKeys': file, 'secrets.codeKey': file })
    expect(load({}).settings.secrets).to.deep.equal(first.settings.secrets)

    const mixed = load({ CODE_KEY: 'mine' })
    expect(mixed.settings.secrets).to.deep.equal({ ...first.settings.secrets, codeKey: 'mine' })
    expect(mixed.sources).to.include({
      'secrets.sessionKeys': file,
      'secrets.codeKey': 'CODE_KEY in the environment',
    })
  })

  it('writes nothing when all secrets are set, or when a setting is at fault', () => {
    load({ SESSION_KEYS: 'one,two', CODE_KEY: 'mine' })
    settingsErrorOf(() => load({ PORT: 'abc' }))
    settingsErrorOf(() => load({ NODE_ENV: 'production' }))
    expect(fs.existsSync(dataDir)).to.equal(false)
  })

  it('never uses made secrets in production', () => {
    load({})
    const { faults } = settingsErrorOf(() => load({ NODE_ENV: 'production', SMS_CONSOLE_IN_PRODUCTION: 'true' }))
    expect(faults.map(({ setting }) => setting)).to.deep.equal(['secrets.sessionKeys', 'secrets.codeKey'])
  })

  it('words a fault by where it came from', () => {
    expect(
      settingsErrorOf(() => load({ PORT: 'abc' }, { concurrency: '0', queues: '' })).message.split('\n'),
    ).to.deep.equal([
      'The settings cannot be used:',
      '  http.port (from PORT in the environment): expected a whole number from 0 to 65535, came "abc"',
      '  worker.concurrency (from --concurrency): expected a whole number from 1 to 10000, or null, came 0',
      '  worker.queues (from --queues): expected at least one queue name, none twice, without blanks, came [""]',
    ])
  })

  it('shows no secret and no password, whatever is wrong', () => {
    const wrongAddress = 'x://user:hunter2@h'
    const env = Object.fromEntries(environmentTable.map(({ name }) => [name, wrongAddress]))
    const everything = {
      ...env,
      CODE_KEY: 'hunter2',
      SESSION_KEYS: 'hunter2,hunter2',
      YUNTONGXUN_AUTH_TOKEN: 'hunter2 ',
      ALIYUN_ACCESS_KEY_SECRET: 'hunter2 ',
      TENCENT_SECRET_KEY: 'hunter2 ',
      TWILIO_AUTH_TOKEN: 'hunter2 ',
    }
    const error = settingsErrorOf(() => loadSettings({ env: { ...everything, NODE_ENV: 'production' }, flags: {} }))
    const wrong = error.faults.map(({ setting }) => setting)
    const takesAnyText = new Set(['dataDir'])
    expect(wrong).to.include.members(environmentTable.map(({ path }) => path).filter((path) => !takesAnyText.has(path)))
    expect(`${error.message}${error.stack}${JSON.stringify(error)}`).not.to.include('hunter2')

    const flags = { host: wrongAddress, broker: wrongAddress, port: wrongAddress, queues: `a,${wrongAddress} ` }
    expect(settingsErrorOf(() => load({ NODE_ENV: wrongAddress })).message).not.to.include('hunter2')
    expect(settingsErrorOf(() => load({}, flags)).message).not.to.include('hunter2')
  })

  it('refuses a flag that it does not know', () => {
    const flags: object = { colour: 'red' }
    expect(() => load({}, flags)).to.throw(TypeError, 'came colour')
  })
})
