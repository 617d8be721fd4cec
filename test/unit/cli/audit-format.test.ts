import { expect } from 'chai'
import type { StoredEntry } from '../../../src/app/audit/audit-table.ts'
import { auditJson, formatAudit } from '../../../src/cli/audit-format.ts'
import { columns } from '../../../src/cli/terminal-text.ts'

function entry(change: Partial<StoredEntry> = {}): StoredEntry {
  return {
    at: new Date('2026-01-31T12:30:45.678Z'),
    event: 'authn_login_fail',
    level: 'warn',
    userId: 7,
    account: 'alice_wang',
    actor: null,
    mobile: '138****0000',
    address: '192.0.2.7',
    requestId: '1b4e28ba-2fa1-41d2-883f-0016d3cca427',
    route: 'POST /login',
    reason: 'LOGIN_WRONG',
    userAgent: 'Chrome 126, Windows',
    times: 1,
    lastAt: null,
    ...change,
  }
}

describe('the list of the audit', () => {
  it('has two lines for each entry', () => {
    const lastAt = new Date('2026-01-31T12:31:40Z')
    const unknown = { account: null, userId: null }
    const entries = [
      entry(),
      entry({ ...unknown, times: 12, lastAt }),
      entry({ ...unknown, mobile: null, userAgent: null, reason: null }),
      entry({
        event: 'authn_login_lock',
        actor: 'root',
        address: 'terminal',
        route: 'lovage user disable',
        reason: 'disabled; its sessions are ended',
        userAgent: null,
      }),
      entry({ account: null, event: 'session_expired', reason: 'logout' }),
    ]
    expect(formatAudit(entries, true)).to.equal(
      [
        'TIME (UTC)           EVENT                           WHO',
        '    FROM: WHAT',
        '2026-01-31 12:30:45  authn_login_fail                alice_wang',
        '    192.0.2.7: POST /login; LOGIN_WRONG; Chrome 126, Windows',
        '2026-01-31 12:30:45  authn_login_fail                138****0000',
        '    192.0.2.7: POST /login; LOGIN_WRONG; 12 times until 12:31:40; Chrome 126, W…',
        '2026-01-31 12:30:45  authn_login_fail                -',
        '    192.0.2.7: POST /login',
        '2026-01-31 12:30:45  authn_login_lock                alice_wang',
        '    root: lovage user disable; disabled; its sessions are ended',
        '2026-01-31 12:30:45  session_expired                 id:7',
        '    192.0.2.7: POST /login; logout; Chrome 126, Windows',
        'there are more: --limit, --since',
        '',
      ].join('\n'),
    )
    expect(formatAudit([], false)).to.equal('no such entries\n')
  })

  it('fits into 80 columns, and gives a terminal nothing to act on, whatever stands there', () => {
    const long = `\x1b[31m${'青'.repeat(100)}`
    const texts = { event: long, account: long, actor: long, route: long, reason: long, userAgent: long }
    const text = formatAudit([entry(texts), entry({ ...texts, actor: null, address: long })], false)
    expect(Math.max(...text.split('\n').map(columns))).to.be.at.most(80)
    // oxlint-disable-next-line no-control-regex
    expect(text).not.to.match(/[\x00-\x09\x0b-\x1f]/)
  })

  it('is JSON, whole, for programs', () => {
    const shown = JSON.parse(auditJson([entry()], true)) as { entries: unknown; more: unknown }
    expect(shown).to.deep.equal({ entries: [{ ...entry(), at: '2026-01-31T12:30:45.678Z' }], more: true })
  })
})
