import { expect } from 'chai'
import { roundUpScale } from '../../../../src/web/monitor/chart-scale.ts'

describe("a chart's scale", () => {
  it('ends at the next of 1, 2, 5, 10 and so on', () => {
    const ends: [number | null, number][] = [
      [null, 1],
      [0, 1],
      [-3, 1],
      [0.03, 0.05],
      [1, 1],
      [1.01, 2],
      [3, 5],
      [5, 5],
      [7, 10],
      [10, 10],
      [101, 200],
      [99_000, 100_000],
    ]
    for (const [most, end] of ends) expect(roundUpScale(most), String(most)).to.be.closeTo(end, end * 1e-9)
  })
})
