import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { AUDIT_EVENTS } from '../../../../src/app/audit/events.ts'
import { eventOfRefusal } from '../../../../src/app/audit/refusals.ts'
import { ERRORS, isErrorName, type ErrorName } from '../../../../src/app/errors.ts'

const errors = Object.keys(ERRORS).filter(isErrorName)

const eventOf = (error: ErrorName, path: string | undefined = '/login', by?: string) =>
  eventOfRefusal(error, { by, path })

/** What the section "Audit" of docs/security.md says. */
const docs = readFileSync('docs/security.md', 'utf8').split('\n## Audit\n')[1]?.split('\n## ')[0] ?? ''

describe('what a refusal is to the audit', () => {
  it('is known of every error, and of those that are none it is said in the docs', () => {
    const notAudited = errors.filter((error) => eventOf(error) === null)
    for (const error of errors) expect(eventOf(error), error).not.to.equal(undefined)
    const [, said = ''] = /^Not audited: (.*?)\n\n/ms.exec(docs) ?? []
    expect([...said.matchAll(/`([A-Z_]+)`/g)].map(([, error]) => error)).to.have.members(notAudited)
  })

  it('is one of the vocabulary, in which every event is told by something, as the docs say', () => {
    const rows = [...docs.matchAll(/^\| `([a-z_]+)` +\| (\w+) +\| \S/gm)].map(([, name, level]) => [name, level])
    expect(Object.fromEntries(rows)).to.deep.equal(AUDIT_EVENTS)
    expect(rows).to.have.length(Object.keys(AUDIT_EVENTS).length)
  })

  it('depends on what refused it, and where', () => {
    expect(eventOf('LOGIN_WRONG')).to.equal('authn_login_fail')
    expect(eventOf('TOO_MANY_REQUESTS', '/login', 'logins')).to.equal('excess_rate_limit_exceeded')
    expect(eventOf('TOO_MANY_REQUESTS', '/login', 'loginDelays')).to.equal('authn_login_fail_max')
    expect(eventOf('LOGIN_REQUIRED', '/info')).to.equal(null)
    expect(eventOf('LOGIN_REQUIRED', '/password')).to.equal('authz_fail')
    for (const path of ['/password', '/password/reset']) {
      for (const error of ['PASSWORD_WRONG', 'SMS_CODE_WRONG', 'PASSWORD_FORMAT'] as const) {
        expect(eventOf(error, path), error).to.equal('authn_password_change_fail')
      }
      expect(eventOf('TOO_MANY_REQUESTS', path, 'wrongCodes')).to.equal('excess_rate_limit_exceeded')
      expect(eventOf('FOREIGN_SITE', path)).to.equal('malicious_cors')
      expect(eventOf('BUSY', path)).to.equal(null)
    }
    expect(eventOfRefusal('FOREIGN_SITE', { by: undefined, path: undefined })).to.equal('malicious_cors')
    expect(eventOf('PASSWORD_WRONG', '/mobile')).to.equal('authn_login_fail')
  })
})
