import { expect } from 'chai'
import { countIn, Histogram, histogramBoundsMs, noted, quantileMs } from '../../../src/engine/histogram.ts'

function histogramOf(...milliseconds: number[]): Histogram {
  const histogram = new Histogram()
  for (const value of milliseconds) histogram.note(value)
  return histogram
}

/** The upper bound of the bucket that a value is in; Infinity: it is beyond the last one. */
function bucketOf(milliseconds: number): number {
  return histogramBoundsMs[histogramOf(milliseconds).snapshot().counts.indexOf(1)] ?? Infinity
}

describe('a histogram', () => {
  it('has bounds that grow by about a quarter, from 0.1 ms to 100,000 s', () => {
    expect([histogramBoundsMs[0], histogramBoundsMs.at(-1)]).to.deep.equal([0.1, 100_000_000])
    for (const [index, bound] of histogramBoundsMs.slice(1).entries()) {
      expect(bound / (histogramBoundsMs[index] ?? NaN), String(bound)).to.be.within(1.24, 1.29)
    }
    expect(histogramBoundsMs).to.include.members([1, 2.5, 5, 10, 100, 250, 1_000, 50_000])
  })

  it('counts each value in the first bucket whose bound it does not exceed', () => {
    for (const bound of histogramBoundsMs) {
      expect(bucketOf(bound), `at ${bound}`).to.equal(bound)
      expect(bucketOf(bound * 0.999_999), `below ${bound}`).to.equal(bound)
      expect(bucketOf(bound * 1.000_001), `above ${bound}`).to.be.greaterThan(bound)
    }
    expect([bucketOf(0), bucketOf(-3), bucketOf(NaN)]).to.deep.equal([0.1, 0.1, 0.1])
    expect([bucketOf(1e9), bucketOf(Number.MAX_VALUE)]).to.deep.equal([Infinity, Infinity])
  })

  it('adds its values up, those below 0 as 0', () => {
    expect(histogramOf(1.5, 20, -7).snapshot().sumMs).to.equal(21.5)
  })

  it('gives copies, which tell what was noted in between', () => {
    const histogram = histogramOf(1, 2, 3)
    const before = histogram.snapshot()
    histogram.note(400)
    histogram.note(400)
    expect(countIn(before)).to.equal(3)
    const between = noted(histogram.snapshot(), before)
    expect([countIn(between), between.sumMs]).to.deep.equal([2, 800])
    expect(countIn(noted(histogram.snapshot(), null))).to.equal(5)
  })

  it('tells quantiles that are at most a quarter off', () => {
    const values = Array.from({ length: 1_000 }, (_none, index) => (index + 1) ** 2 / 100)
    const snapshot = histogramOf(...values).snapshot()
    for (const part of [0.01, 0.1, 0.5, 0.9, 0.95, 0.99, 1]) {
      const exact = values[Math.ceil(part * values.length) - 1] ?? NaN
      expect((quantileMs(snapshot, part) ?? NaN) / exact, String(part)).to.be.within(0.75, 1.27)
    }
  })

  it('has no quantile of nothing, and none beyond its last bound', () => {
    expect(quantileMs(histogramOf().snapshot(), 0.5)).to.equal(null)
    expect(quantileMs(histogramOf(1e12).snapshot(), 0.5)).to.equal(100_000_000)
  })
})
