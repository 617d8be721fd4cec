import { expect } from 'chai'
import { check, faultsIn } from './check.ts'
import { settingsErrorOf } from './faults-of.ts'

describe('config/check-settings', () => {
  it('reports all faults at once, one line for each setting', () => {
    const error = settingsErrorOf(() =>
      check({ http: { port: -1.5, host: '' }, worker: { queues: ['', ' '] }, sms: { gateways: ['yuntongxun'] } }),
    )
    expect(error.name).to.equal('SettingsError')
    expect(error.message.split('\n')).to.deep.equal([
      'The settings cannot be used:',
      '  http.host (from config/test.ts): expected a host name or an IP address, came ""',
      '  http.port (from config/test.ts): expected a whole number from 0 to 65535, came -1.5',
      '  worker.queues (from config/test.ts): expected at least one queue name, none twice, without blanks, came ["", " "]',
      '  sms.yuntongxun.accountSid (from default): expected the ACCOUNT SID, for the yuntongxun gateway (set YUNTONGXUN_ACCOUNT_SID), came nothing',
      '  sms.yuntongxun.authToken (from default): expected the AUTH TOKEN, for the yuntongxun gateway (set YUNTONGXUN_AUTH_TOKEN), came nothing',
      '  sms.yuntongxun.appId (from default): expected the APP ID, for the yuntongxun gateway (set YUNTONGXUN_APP_ID), came nothing',
    ])
    expect(error.faults).to.have.length(6)
  })

  it('names the settings there are when it meets an unknown one, and does not show its value', () => {
    expect(faultsIn({ sms: { yuntongxun: { authTokn: 'hunter2' } }, colour: { dark: 'hunter2' } })).to.deep.equal([
      {
        setting: 'sms.yuntongxun.authTokn',
        source: 'config/test.ts',
        expected: 'one of baseUrl, accountSid, authToken, appId, templateId',
        came: 'an unknown name',
      },
      {
        setting: 'colour',
        source: 'config/test.ts',
        expected:
          'one of dataDir, http, redis, database, worker, queue, results, events, beat, revocations, deadLetters, records, captcha, codes, budgets, accounts, audit, session, sms, monitor, metrics, log, secrets',
        came: 'an unknown name',
      },
    ])
  })

  it('refuses one value in place of a group, without showing it', () => {
    expect(faultsIn({ secrets: 'hunter2', http: null })).to.deep.equal([
      {
        setting: 'http',
        source: 'config/test.ts',
        expected:
          'a group of settings (host, port, publicUrl, corsOrigins, trustedProxies, maxBodyBytes, maxUrlBytes, maxHeaderBytes, maxHeaders, ' +
          'headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs, answerTimeoutMs, maxConnections, requestsAtOnce, redisWaitMs)',
        came: 'nothing',
      },
      {
        setting: 'secrets',
        source: 'config/test.ts',
        expected: 'a group of settings (sessionKeys, codeKey)',
        came: '(hidden)',
      },
    ])
  })

  it('refuses a group in place of one setting', () => {
    expect(faultsIn({ http: { port: { tls: 443 } } })).to.deep.equal([
      {
        setting: 'http.port',
        source: 'config/test.ts',
        expected: 'a whole number from 0 to 65535',
        came: 'a group of settings',
      },
    ])
  })

  it('asks no rule between settings about a setting that is wrong by itself', () => {
    const faults = faultsIn({
      sms: { gateways: ['yuntongxun'], yuntongxun: { accountSid: '', authToken: 't', appId: 'a' } },
    })
    expect(faults.map(({ setting, expected }) => [setting, expected])).to.deep.equal([
      ['sms.yuntongxun.accountSid', 'the ACCOUNT SID: letters and digits, or null'],
    ])
    expect(faultsIn({ sms: 'yuntongxun', worker: 5 }, 'production').map(({ setting }) => setting)).to.deep.equal([
      'worker',
      'sms',
      'secrets.sessionKeys',
      'secrets.codeKey',
    ])
  })
})
