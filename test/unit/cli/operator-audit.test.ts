import { userInfo } from 'node:os'
import { expect } from 'chai'
import type { AuditEntry } from '../../../src/app/audit/entry.ts'
import { CommandError } from '../../../src/cli/command-error.ts'
import { auditing } from '../../../src/cli/operator-audit.ts'

const user = { id: 7, username: 'alice_wang', mobile: '13800000000' }
const act = { event: 'authn_login_lock', user, command: 'lovage user disable' } as const

describe('what somebody does at a terminal', () => {
  let entries: AuditEntry[]
  const audit = { add: async (added: readonly AuditEntry[]) => void entries.push(...added) }
  const away = { add: async () => Promise.reject(new Error('SQLITE_FULL: database or disk is full')) }
  const failing = async (): Promise<string> => Promise.reject(new Error('Redis is not ready'))
  const failureOf = (work: Promise<unknown>) => work.catch((error: unknown) => error)

  beforeEach(() => {
    entries = []
  })

  it('is added to the audit once it is done', async () => {
    const done = await auditing(audit, act, async () => {
      expect(entries).to.deep.equal([])
      return 'disabled'
    })
    expect(done).to.equal('disabled')
    expect(entries).to.have.length(1)
    expect(entries[0]).to.include({
      event: 'authn_login_lock',
      userId: 7,
      account: 'alice_wang',
      actor: userInfo().username,
      mobile: '138****0000',
      address: 'terminal',
      requestId: null,
      route: 'lovage user disable',
      reason: 'disabled',
      userAgent: null,
    })
  })

  it('is added where it was not done in full, and then fails as it did', async () => {
    expect(await failureOf(auditing(audit, act, failing))).to.have.property('message', 'Redis is not ready')
    expect(entries.map(({ reason }) => reason)).to.deep.equal(['not done in full'])
    expect(await failureOf(auditing(away, act, failing))).to.have.property('message', 'Redis is not ready')
  })

  it('is said to be done where it could not be added', async () => {
    const failure = await failureOf(auditing(away, act, async () => 'disabled'))
    expect(failure)
      .to.be.an.instanceof(CommandError)
      .with.property(
        'message',
        'alice_wang: disabled; but that could not be added to the audit: SQLITE_FULL: database or disk is full',
      )
  })
})
