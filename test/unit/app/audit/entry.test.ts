import { expect } from 'chai'
import { entryOf, logEntry } from '../../../../src/app/audit/entry.ts'
import { MemoryLog } from '../../../support/engine.ts'
import { anEntry } from './an-entry.ts'

const facts = { event: 'user_created', address: '192.0.2.7', route: 'POST /register' } as const

describe('an entry of the audit', () => {
  it('has the time, and nothing for what is not known', () => {
    const { at, ...entry } = entryOf(facts)
    expect(at.getTime()).to.be.closeTo(Date.now(), 10_000)
    expect(entry).to.deep.equal({
      ...facts,
      userId: null,
      account: null,
      actor: null,
      mobile: null,
      requestId: null,
      reason: null,
      userAgent: null,
      times: 1,
      lastAt: null,
    })
  })

  it('masks every mobile, wherever it is', () => {
    const mobile = '13812345678'
    const texts = { account: mobile, actor: mobile, reason: `was ${mobile}`, userAgent: `${mobile}/1`, route: mobile }
    expect(JSON.stringify(entryOf({ ...facts, ...texts, address: mobile, mobile }))).not.to.include(mobile)
  })

  it('is cut to what the table takes, between characters, and has no NUL', () => {
    const long = '\u{20000}'.repeat(200)
    const entry = entryOf({ ...facts, account: long, reason: long, address: long, route: `a\0b${long}` })
    expect(entry.account).to.equal('\u{20000}'.repeat(20))
    expect(Array.from(entry.reason ?? '')).to.have.length(100)
    expect(Array.from(entry.address)).to.have.length(45)
    expect(Array.from(entry.route)).to.have.length(64)
    expect(entry.route.slice(0, 2)).to.equal('ab')
  })

  it('is one line of the log, of what is known', () => {
    const log = new MemoryLog()
    logEntry(log, anEntry({ userId: 7, account: 'alice_wang', mobile: '138****0000' }))
    expect(log.lines).to.deep.equal([
      {
        level: 'info',
        message: 'audit',
        fields: {
          event: 'authn_login_fail',
          severity: 'warn',
          userId: 7,
          account: 'alice_wang',
          mobile: '138****0000',
          address: '192.0.2.7',
          route: 'POST /login',
          reason: 'LOGIN_WRONG',
        },
      },
    ])
  })
})
