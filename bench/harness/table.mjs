import { figure } from './figures.mjs'

/**
 * A row's result as text: a table per metric, and what was to be shown.
 *
 * @param {import('./statistics.mjs').RowResult} result
 */
export function rowText({ name, title, metrics, contenders, checks }) {
  const tables = Object.entries(metrics).flatMap(([metric, { title: heading }]) => {
    const measured = contenders.flatMap((contender) => {
      const summary = contender.metrics[metric]
      return summary === undefined ? [] : [{ ...contender, summary }]
    })
    if (measured.length === 0) return []
    const lines = measured.map(({ title, base, summary }) => {
      const compared = measured.find(({ name }) => name === base)?.summary.median
      return [
        title,
        figure(summary.median),
        summary.values.length === 1 ? '' : `${figure(summary.least)} to ${figure(summary.most)}`,
        compared === undefined || measured.length === 1 ? '' : `${figure(summary.median / compared)} ×`,
      ]
    })
    return [alignColumns([[heading, 'median', 'from, to', 'ratio'], ...lines])]
  })
  return [`${name}: ${title}`, ...tables, ...(checks.length === 0 ? [] : [checks.map(checkText).join('\n')])].join(
    '\n\n',
  )
}

/** @param {import('./statistics.mjs').CheckResult} check */
export function checkText({ text, value, atLeast, atMost, unit, met }) {
  const bounds = [
    ...(atLeast === null ? [] : [`at least ${figure(atLeast)}`]),
    ...(atMost === null ? [] : [`at most ${figure(atMost)}`]),
  ]
  const wanted = bounds.length === 0 ? '' : ` (${bounds.join(', ')}: ${met ? 'met' : 'NOT MET'})`
  return `${text}: ${figure(value)}${unit === '' ? '' : ` ${unit}`}${wanted}`
}

/**
 * Columns side by side, the first one to the left, the others to the right.
 *
 * @param {string[][]} lines of the same length
 */
export function alignColumns(lines) {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((line) =>
      line
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `  ${line}`)
    .join('\n')
}
