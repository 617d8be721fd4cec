import { expect } from 'chai'
import { formatDrain, type DrainReport } from '../../../src/cli/drain-command.ts'

const now = 1_800_000_000_000
const nothing: DrainReport = {
  dryRun: false,
  running: [],
  claims: {},
  claimsLeft: {},
  limited: {},
  schedules: {},
  setAside: {},
}
const lines = (report: Partial<DrainReport>): string[] =>
  formatDrain({ ...nothing, ...report }, now)
    .trimEnd()
    .split('\n')

describe('what lovage drain tells', () => {
  it('where there was nothing to do', () => {
    expect(lines({})).to.deep.equal(['nothing is claimed, nothing is scheduled'])
  })

  it('what went back, what could not, what stays, and what Celery needs for it', () => {
    const schedules = {
      celery: { moved: 7, left: 0, farthest: now + 7_200_000 },
      mail: { moved: 1, left: 2, farthest: null },
    }
    const limited = { celery: { moved: 4, left: 1 } }
    const claims = { claims: { shop: 12, mail: 4 }, claimsLeft: { mail: 1, other: 2 } }
    expect(lines({ ...claims, limited, schedules, setAside: { dead: 3, unknown: 0, unreadable: 1 } })).to.deep.equal([
      'claimed by shop: 12 went back',
      'claimed by mail: 4 went back; 1 could not be moved',
      'claimed by other: 0 went back; 2 could not be moved',
      'waiting for a rate limit on celery: 4 went back; 1 could not be moved',
      'scheduled on celery: 7 went back, the last one due in 2h',
      'scheduled on mail: 1 went back; 2 could not be moved',
      'set aside, and left there: 3 dead, 1 unreadable (lovage dead list)',
      'Celery runs a task twice whose eta is farther away than its visibility_timeout: it must be more than 7200 s',
    ])
  })

  it('what a dry run would do, and who is in its way', () => {
    const running = [{ node: 'shop\x1b[2J', reason: 'its process runs on this machine' }]
    expect(lines({ dryRun: true, running, claims: { shop: 1 } })).to.deep.equal([
      'running: shop\\x1b[2J: its process runs on this machine',
      'claimed by shop: 1 would go back',
    ])
  })
})
