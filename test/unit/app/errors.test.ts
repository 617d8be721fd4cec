import { STATUS_CODES } from 'node:http'
import { expect } from 'chai'
import { AppError, ERRORS, isErrorName } from '../../../src/app/errors.ts'

describe('the table of errors', () => {
  const rows = Object.entries(ERRORS)

  it('has a number of its own for each, never 0', () => {
    const codes = rows.map(([, { code }]) => code)
    expect(new Set(codes).size).to.equal(codes.length)
    expect(codes).not.to.include(0)
  })

  it('has an HTTP status and a text in each language for each', () => {
    for (const [name, { status, zh, en }] of rows) {
      expect(STATUS_CODES, name).to.have.property(String(status))
      expect(status, name).to.be.at.least(400)
      expect(zh, name).to.match(/\p{Script=Han}/u)
      expect(en, name).to.match(/^[\x20-\x7e]+$/)
    }
  })

  it('has a text in each language for each variant', () => {
    for (const { zh, en } of Object.values(ERRORS.MISSING_PARAMETER.variants)) {
      expect(zh).to.match(/\p{Script=Han}/u)
      expect(en).to.match(/^[\x20-\x7e]+$/)
    }
  })

  it('knows its names', () => {
    expect(isErrorName('BUSY')).to.equal(true)
    expect(isErrorName('toString')).to.equal(false)
  })

  it('makes an error that carries its text, and a variant of it where there is one', () => {
    expect(new AppError('MISSING_PARAMETER').wording.zh).to.equal('缺少参数')
    expect(new AppError('MISSING_PARAMETER', { missingVariant: 'login' }).wording.zh).to.equal('参数缺失！')
    expect(new AppError('BUSY', { missingVariant: 'login' }).wording).to.equal(ERRORS.BUSY)
    expect(new AppError('BUSY', { by: 'somebody' })).to.include({ by: 'somebody', message: 'BUSY' })
    expect(new AppError('BUSY', { retryAfterSeconds: 3 })).to.include({ retryAfterSeconds: 3, message: 'BUSY' })
  })
})
