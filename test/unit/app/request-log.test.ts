import { expect } from 'chai'
import { DatabaseError } from 'sequelize'
import { describeError } from '../../../src/app/error-answers.ts'
import { maskMobiles } from '../../../src/app/request-log.ts'

describe('what goes to the log', () => {
  it('has every mobile masked', () => {
    expect(maskMobiles('/mobiles/13812345678/x?m=19912345678')).to.equal('/mobiles/138****5678/x?m=199****5678')
    expect(maskMobiles('no mobile: 12812345678, 1381234567')).to.equal('no mobile: 12812345678, 1381234567')
  })

  it('shows of an error its name, message and stack, and none of its other fields', () => {
    const cause = Object.assign(new Error('no entry 13812345678'), { sql: 'INSERT secret' })
    const { reason, stack, ...rest } = describeError(new DatabaseError(cause))
    expect(reason).to.equal('SequelizeDatabaseError: no entry 138****5678')
    expect(stack).not.to.include('13812345678')
    expect(rest).to.deep.equal({})
  })

  it('copes with an error that has no stack, and with what is no error', () => {
    const bare = new Error('bare')
    Object.defineProperty(bare, 'stack', { value: undefined })
    expect(describeError(bare)).to.deep.equal({ reason: 'Error: bare' })
    expect(describeError({ mobile: '13812345678' })).to.deep.equal({ reason: 'object thrown in place of an Error' })
    expect(describeError(undefined)).to.deep.equal({})
  })
})
