import { expect } from 'chai'
import { parseUsers, userConnectionName } from '../../../src/redis/server-users.ts'

describe('the users of an embedded Redis', () => {
  it('are the connections that are named so', () => {
    const list = [
      'id=3 addr=/s:0 laddr=/s:0 fd=8 name=lovage-user:100 age=1 idle=0 flags=U db=0 cmd=ping',
      'id=14 addr=/s:0 laddr=/s:0 fd=9 name=lovage:host:epoch age=1 idle=0 flags=U db=10 cmd=eval',
      'id=15 addr=/s:0 laddr=/s:0 fd=10 name= age=1 idle=0 flags=U db=0 cmd=client|list',
      'id=16 addr=/s:0 laddr=/s:0 fd=11 name=not-lovage-user:7 age=1 idle=0 flags=U db=0 cmd=get',
      'id=20 addr=/s:0 laddr=/s:0 fd=12 name=lovage-user:100 age=1 idle=0 flags=U db=0 cmd=client|id',
      '',
    ].join('\n')
    expect(parseUsers(list)).to.deep.equal([
      { clientId: 3, pid: 100 },
      { clientId: 20, pid: 100 },
    ])
    expect(parseUsers('')).to.deep.equal([])
    expect(parseUsers(`id=1 x name=${userConnectionName()} y`)).to.deep.equal([{ clientId: 1, pid: process.pid }])
  })
})
