import { expect } from 'chai'
import type { StoredEntry } from '../../../src/app/audit/audit-table.ts'
import { useAuditLab } from './audit-lab.ts'
import { describeAccounts } from './audit-of-accounts.ts'
import { describeRequests } from './audit-of-requests.ts'

/**
 * What the audit is told of everything that requests do, on every database.
 *
 * @param databaseUrl gives the address of a database; default: a new SQLite file
 */
export function describeAudit(databaseName: string, databaseUrl?: () => string): void {
  describe(`the audit on ${databaseName}`, () => {
    const lab = useAuditLab(databaseUrl)
    const { all, log, secrets } = lab

    describeAccounts(lab)
    describeRequests(lab)

    describe('of all that', () => {
      it('tells no secret: in the table or in the log', () => {
        expect(all.length).to.be.greaterThan(50)
        expect(log.lines.length).to.be.greaterThan(all.length)
        for (const { code, mobile } of lab.app.sent) for (const secret of [code, mobile]) secrets.add(secret)
        expect(secrets.size).to.be.greaterThan(30)
        secrets.delete('')
        const texts = [...all, ...log.lines.map(({ fields }) => fields)].map((each) => {
          const { requestId: _id, at: _at, lastAt: _lastAt, ...rest } = Object(each) as StoredEntry
          return JSON.stringify(rest)
        })
        for (const text of texts) {
          expect(text).not.to.match(/(?<!\d)1[3-9]\d{9}(?!\d)/)
          expect([...secrets].filter((secret) => text.includes(secret))).to.deep.equal([])
        }
      })
    })
  })
}
