import { expect } from 'chai'
import type { User } from '../../../src/app/users.ts'
import { columns } from '../../../src/cli/terminal-text.ts'
import { formatUser, formatUsers, shownUser } from '../../../src/cli/user-format.ts'

function user(change: Partial<User> = {}): User {
  return {
    id: 7,
    username: 'alice_wang',
    mobile: '13800000000',
    passwordHash: `$2b$12$${'x'.repeat(53)}`,
    createdAt: new Date('2026-01-31T12:30:45.678Z'),
    disabledAt: null,
    passwordChangedAt: null,
    ...change,
  }
}

describe('the list of accounts', () => {
  it('has a line for each, and says how to go on', () => {
    const users = [user(), user({ id: 8, username: '青椒一号', disabledAt: new Date(0), passwordHash: '!' })]
    expect(formatUsers(users, true)).to.equal(
      [
        'ID          USERNAME              MOBILE       CREATED (UTC)     STATE',
        '7           alice_wang            138****0000  2026-01-31 12:30  enabled',
        '8           青椒一号              138****0000  2026-01-31 12:30  disabled, reset',
        'there are more: --after 8',
        '',
      ].join('\n'),
    )
    expect(formatUsers([], false)).to.equal('no such accounts\n')
  })

  it('keeps its columns whatever the names are', () => {
    const text = formatUsers([user({ id: 2_147_483_647, username: '青'.repeat(20) })], false)
    expect(Math.max(...text.split('\n').map(columns))).to.be.at.most(80)
    expect(text).to.match(/^2147483647 {2}青+… +138/m)
  })
})

describe('an account', () => {
  it('is shown without its hash and its whole mobile', () => {
    const passwordChangedAt = new Date('2026-02-01T00:00:00Z')
    expect(shownUser(user({ disabledAt: passwordChangedAt, passwordChangedAt }))).to.deep.equal({
      id: 7,
      username: 'alice_wang',
      mobile: '138****0000',
      state: 'disabled',
      password: 'set',
      created: '2026-01-31T12:30:45.678Z',
      disabled: '2026-02-01T00:00:00.000Z',
      passwordChanged: '2026-02-01T00:00:00.000Z',
    })
  })

  it('leaves out what has not been', () => {
    expect(formatUser(user())).to.equal(
      [
        'id                7',
        'username          alice_wang',
        'mobile            138****0000',
        'state             enabled',
        'password          set',
        'created           2026-01-31T12:30:45.678Z',
        '',
      ].join('\n'),
    )
    const other = formatUser(user({ disabledAt: new Date('2026-02-01T00:00:00Z'), passwordHash: '!' }))
    expect(other).to.contain('state             disabled since 2026-02-01T00:00:00.000Z\n')
    expect(other).to.contain('password          none, until its owner sets one by SMS\n')
  })
})
