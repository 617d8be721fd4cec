import { cut, fit, printable } from './terminal-text.ts'

/** A column: its title, its width, and on which side its cells stand. Width 0: what the others leave, within bounds. */
export type Column = readonly [title: string, width: number, align: 'left' | 'right']

const [leastWidth, mostWidth] = [12, 40]

const units = ['', 'k', 'M', 'G', 'T']

/**
 * A table as lines of a terminal, the titles first. Whatever is in the cells, nothing is printed that a terminal would act on.
 *
 * @param room columns of the terminal
 * @param rows their cells, in the order of the columns
 * @param paint how a cell is printed that has its width already; row 0 has the titles
 */
export function textTable(
  columns: readonly Column[],
  room: number,
  rows: readonly (readonly string[])[],
  paint: (cell: string, row: number, column: number) => string = (cell) => cell,
): string[] {
  const fixed = columns.reduce((sum, [, width]) => sum + width + 1, -1)
  const rest = Math.min(Math.max(room - fixed, leastWidth), mostWidth)
  return [columns.map(([title]) => title), ...rows].map((cells, row) =>
    columns
      .map(([, width, align], column) => {
        const cell = printable(cells[column] ?? '')
        return paint(align === 'right' ? cut(cell, width).padStart(width) : fit(cell, width || rest), row, column)
      })
      .join(' ')
      .trimEnd(),
  )
}

/** A number in so many characters, 4 or more: in thousands, millions or more where it is larger. null: `-` */
export function compact(value: number | null, width: number): string {
  if (value === null) return '-'
  let [number, unit] = [value, 0]
  while (String(number).length + (unit > 0 ? 1 : 0) > width && unit < units.length - 1) {
    number = Math.round(number / 1_000)
    unit += 1
  }
  return `${number}${units[unit]}`
}
