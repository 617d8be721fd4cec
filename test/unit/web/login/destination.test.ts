import { expect } from 'chai'
import { destination } from '../../../../src/web/login/destination.ts'

describe('where a login leads to', () => {
  const cases: [search: string, to: string][] = [
    ['', '/'],
    ['?to=account', '/account.html'],
    ['?to=https://evil.example/', '/'],
    ['?to=//evil.example', '/'],
    ['?to=javascript:alert(1)', '/'],
    ['?to=constructor', '/'],
  ]
  for (const [search, to] of cases) {
    it(`with ${search || 'nothing'} is ${to}`, () => expect(destination(search)).to.equal(to))
  }
})
