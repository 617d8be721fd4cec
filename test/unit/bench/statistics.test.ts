import { expect } from 'chai'
import type { Row } from '../../../bench/harness/types.ts'
import { median, quantile, summarizeRow } from './load-bench.ts'

const measure = async (): Promise<Record<string, number>> => ({})

const row: Row = {
  name: 'drain',
  title: 'Drain',
  requirement: 'twice the other',
  metrics: { rate: { title: 'tasks/s', better: 'more' }, p99: { title: 'p99, ms', better: 'less' } },
  contenders: [
    { name: 'ours', title: 'Ours', measure },
    { name: 'theirs', title: 'Theirs', measure },
    { name: 'apart', title: 'Apart', base: 'theirs', measure },
  ],
  checks: [
    { text: 'ours to theirs', value: (of) => of('ours') / of('theirs'), atLeast: 2, unit: '×' },
    { text: 'p99', value: (of) => of('ours', 'p99'), atMost: 5 },
  ],
}

describe('bench/harness/statistics.mjs', () => {
  it('finds the median, in the middle or between the two there', () => {
    expect(median([3, 1, 2])).to.equal(2)
    expect(median([4, 1, 3, 2])).to.equal(2.5)
    expect(median([7])).to.equal(7)
  })

  it('finds quantiles, and leaves the list as it is', () => {
    const values = [50, 10, 40, 20, 30]
    expect(quantile(values, 0)).to.equal(10)
    expect(quantile(values, 1)).to.equal(50)
    expect(quantile(values, 0.99)).to.be.closeTo(49.6, 1e-9)
    expect(values).to.deep.equal([50, 10, 40, 20, 30])
  })

  it('sums up what each contender has measured', () => {
    const result = summarizeRow(
      row,
      new Map([
        [
          'ours',
          [
            { rate: 30, p99: 4 },
            { rate: 10, p99: 8 },
            { rate: 20, p99: 6 },
          ],
        ],
        ['theirs', [{ rate: 10 }]],
      ]),
    )
    expect(result.contenders.map(({ name, base }) => [name, base])).to.deep.equal([
      ['ours', 'ours'],
      ['theirs', 'ours'],
    ])
    expect(result.contenders[0]?.metrics['rate']).to.deep.equal({
      values: [30, 10, 20],
      median: 20,
      least: 10,
      most: 30,
    })
    expect(result.contenders[1]?.metrics).to.have.all.keys('rate')
  })

  it('tells which checks are met', () => {
    const { checks } = summarizeRow(
      row,
      new Map([
        ['ours', [{ rate: 20, p99: 6 }]],
        ['theirs', [{ rate: 10 }]],
      ]),
    )
    expect(checks).to.deep.equal([
      { text: 'ours to theirs', value: 2, atLeast: 2, atMost: null, unit: '×', met: true },
      { text: 'p99', value: 6, atLeast: null, atMost: 5, unit: '', met: false },
    ])
  })

  it('leaves out checks whose contender was not measured', () => {
    const { checks } = summarizeRow(row, new Map([['ours', [{ rate: 20, p99: 3 }]]]))
    expect(checks.map(({ text }) => text)).to.deep.equal(['p99'])
  })
})
