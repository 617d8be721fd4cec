/** One line of a chart. */
export interface ChartSeries {
  readonly label: string
  /** Which of the colours `--line-1` to `--line-6` of the style sheet. */
  readonly colour: 1 | 2 | 3 | 4 | 5 | 6
  readonly values: readonly (number | null)[]
  /** Lines that differ in colour alone can't be told apart by everybody. */
  readonly dash?: readonly number[]
}
