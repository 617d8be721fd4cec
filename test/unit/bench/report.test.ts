import { expect } from 'chai'
import { alignColumns, chart, checkText, figure, rowText, type RowResult } from './load-bench.ts'

const summary = (values: number[], median: number): RowResult['contenders'][number]['metrics'][string] => ({
  values,
  median,
  least: Math.min(...values),
  most: Math.max(...values),
})

const result: RowResult = {
  name: 'drain',
  title: 'Drain of <no-op> tasks',
  requirement: '',
  metrics: { rate: { title: 'tasks/s', better: 'more' }, size: { title: 'MB', better: 'less', detail: true } },
  contenders: [
    { name: 'lovage', title: 'Lovage & co', base: 'lovage', metrics: { rate: summary([900, 1000, 1100], 1000) } },
    { name: 'peer', title: 'Peer', base: 'lovage', metrics: { rate: summary([250], 250), size: summary([12], 12) } },
  ],
  checks: [{ text: 'Lovage to Peer', value: 4, atLeast: 3, atMost: null, unit: '×', met: true }],
}

describe('bench: what is printed', () => {
  it('writes figures with the digits that count', () => {
    expect([0, 0.0626, 1.2345, 99.96, 123.4, 1433.2, 103_456, 1_250_000].map(figure)).to.deep.equal([
      '0',
      '0.0626',
      '1.23',
      '100',
      '123',
      '1,433',
      '103,500',
      '1,250,000',
    ])
    expect(figure(0.00001234)).to.equal('1.2e-5')
    expect(figure(Number.NaN)).to.equal('–')
  })

  it('aligns columns', () => {
    expect(
      alignColumns([
        ['name', 'n'],
        ['a', '100'],
      ]),
    ).to.equal('  name    n\n  a     100')
  })

  it('writes a table with median, spread and ratio, and the checks', () => {
    expect(rowText(result)).to.equal(
      [
        'drain: Drain of <no-op> tasks',
        '',
        '  tasks/s      median      from, to   ratio',
        '  Lovage & co   1,000  900 to 1,100     1 ×',
        '  Peer            250                0.25 ×',
        '',
        '  MB    median  from, to  ratio',
        '  Peer      12',
        '',
        'Lovage to Peer: 4 × (at least 3: met)',
      ].join('\n'),
    )
  })

  it('says loudly what is not met', () => {
    const check = { text: 'p99', value: 31.25, atLeast: null, atMost: 25, unit: 'ms', met: false }
    expect(checkText(check)).to.equal('p99: 31.3 ms (at most 25: NOT MET)')
    expect(checkText({ ...check, atMost: null })).to.equal('p99: 31.3 ms')
  })
})

describe('bench/harness/chart.mjs', () => {
  const svg = chart([result], 'a machine')

  it('draws a bar per contender as long as its median, and its spread', () => {
    const widths = [...svg.matchAll(/<rect class="(own|peer)"[^>]* width="([\d.]+)"/g)].map(([, kind, width]) => ({
      kind,
      width: Number(width),
    }))
    expect(widths.map(({ kind }) => kind)).to.deep.equal(['own', 'peer'])
    expect((widths[0]?.width ?? 0) / (widths[1]?.width ?? 0)).to.be.closeTo(4, 0.01)
    expect(svg.match(/<line class="range"/g)).to.have.length(1)
  })

  it('leaves out metrics that are details, and those of one contender alone', () => {
    expect(svg).to.contain('tasks/s; more is better').and.not.contain('MB')
    const compared = { ...result, contenders: result.contenders.slice(0, 1) }
    expect(chart([compared], 'a machine')).to.not.contain('<rect')
  })

  it('escapes texts, and is one element', () => {
    expect(svg).to.contain('Lovage &amp; co').and.contain('Drain of &lt;no-op&gt; tasks')
    expect(svg).to.match(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" .*<\/svg>\n$/s)
  })

  it('has colours for light and dark', () => {
    expect(svg).to.contain('prefers-color-scheme: dark')
  })
})
