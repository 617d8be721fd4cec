import { expect } from 'chai'
import { parsePrometheusText, valueOf } from '../../support/prometheus-text.ts'

const head = '# HELP a_total what\n# TYPE a_total counter\n'
const histogram = (...lines: string[]): string =>
  ['# HELP h what', '# TYPE h histogram', ...lines, ''].map((line) => line).join('\n')

describe("the tests' reader of Prometheus' text format", () => {
  it('reads names, labels with what is escaped in them, and values', () => {
    const text = `${head}a_total{x="q\\"b\\\\n\\n,{}",y=""} 3\n\n# HELP g what else\n# TYPE g gauge\ng -1.5e3\n`
    const read = parsePrometheusText(text)
    expect([...read.keys()]).to.deep.equal(['a_total', 'g'])
    expect(read.get('a_total')).to.deep.equal({
      name: 'a_total',
      help: 'what',
      type: 'counter',
      series: [{ name: 'a_total', labels: { x: 'q"b\\n\n,{}', y: '' }, value: 3 }],
    })
    expect([valueOf(read, 'g'), valueOf(read, 'g', { x: '1' }), valueOf(read, 'other')]).to.deep.equal([
      -1_500,
      NaN,
      NaN,
    ])
  })

  it('reads histograms', () => {
    const text = histogram('h_bucket{le="0.1"} 1', 'h_bucket{le="+Inf"} 2', 'h_sum 5.5', 'h_count 2')
    const read = parsePrometheusText(text)
    expect([valueOf(read, 'h_bucket', { le: '0.1' }), valueOf(read, 'h_sum')]).to.deep.equal([1, 5.5])
  })

  const wrong: [what: string, text: string, why: RegExp][] = [
    ['the last line without an end', `${head}a_total 1`, /does not end/],
    ['no help', '# TYPE a_total counter\na_total 1\n', /no HELP/],
    ['no type', '# HELP a_total what\na_total 1\n', /no TYPE/],
    ['another type', '# HELP a what\n# TYPE a count\n', /no type/],
    ['two types', `${head}# TYPE a_total counter\n`, /twice/],
    ['a type behind samples', '# HELP a what\na 1\n# TYPE a gauge\n', /after samples/],
    ['a comment of another kind', `# nothing\n${head}a_total 1\n`, /neither/],
    ['a series twice', `${head}a_total{x="1",y="2"} 1\na_total{y="2",x="1"} 2\n`, /twice/],
    ['a label twice', `${head}a_total{x="1",x="2"} 1\n`, /labels/],
    ['a label without quotes', `${head}a_total{x=1} 1\n`, /labels/],
    ['a quote in a label', `${head}a_total{x="a"b"} 1\n`, /labels/],
    ['a value that is none', `${head}a_total 1,5\n`, /no sample/],
    ['a value that is missing', `${head}a_total{x="1"}\n`, /no sample/],
    ['a name with a dot', `${head}a.total 1\n`, /no sample/],
    ['a sample of another metric', `${head}b_total 1\n`, /another metric/],
    ['a metric in two places', `${head}a_total 1\n# HELP b what\n# TYPE b gauge\nb 1\n# HELP a_total what\n`, /apart/],
    ['a counter below 0', `${head}a_total -1\n`, /-1 in a counter/],
    ['a counter by another name', '# HELP a what\n# TYPE a counter\na 1\n', /ends with _total/],
    ['a histogram without +Inf', histogram('h_bucket{le="1"} 1', 'h_sum 1', 'h_count 1'), /\+Inf/],
    ['a histogram whose count is another', histogram('h_bucket{le="+Inf"} 1', 'h_sum 1', 'h_count 2'), /\+Inf/],
    ['a histogram without a sum', histogram('h_bucket{le="+Inf"} 1', 'h_count 1'), /one sum/],
    [
      'bounds in disorder',
      histogram('h_bucket{le="2"} 1', 'h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 1', 'h_sum 1', 'h_count 1'),
      /bounds grow/,
    ],
    [
      'counts that shrink',
      histogram('h_bucket{le="1"} 2', 'h_bucket{le="+Inf"} 1', 'h_sum 1', 'h_count 1'),
      /counts grow/,
    ],
  ]
  for (const [what, text, why] of wrong) {
    it(`refuses ${what}`, () => expect(() => parsePrometheusText(text)).to.throw(why))
  }
})
