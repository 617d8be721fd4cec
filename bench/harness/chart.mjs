import { figure } from './figures.mjs'

/** Sizes in pixels. */
const WIDTH = 860
const LABEL = 270
const BAR = 18
const GAP = 6
const HEAD = 46
const BLOCK_GAP = 26
/** What is left of the width for bars, with room behind the longest for its figure. */
const LONGEST = WIDTH - LABEL - 130

/** Colours for a light and for a dark background; the bars are read on both. */
const STYLE = `
  svg { background: #ffffff; color: #1f2328; font: 13px system-ui, sans-serif }
  text { fill: currentColor }
  .title { font-weight: 600; font-size: 15px }
  .note { opacity: 0.7; font-size: 12px }
  .own { fill: #1a7f37 }
  .peer { fill: #8c959f }
  .range { stroke: currentColor; stroke-opacity: 0.65 }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117; color: #e6edf3 }
    .own { fill: #3fb950 }
    .peer { fill: #6e7681 }
  }`

/**
 * Bars of all metrics of rows, as an SVG: as long as the median, the least and the most as a line across the end. A metric of
 * one contender alone is none to compare, and is left out.
 *
 * @param {readonly import('./statistics.mjs').RowResult[]} rows
 * @param {string} note what was measured on
 * @returns {string}
 */
export function chart(rows, note) {
  const parts = []
  let y = 24
  for (const line of wrap(note, 130)) {
    parts.push(`<text class="note" x="16" y="${y}">${escapeText(line)}</text>`)
    y += 16
  }
  y += 10
  for (const block of rows.flatMap(blocksOf)) {
    parts.push(`<text class="title" x="16" y="${y + 16}">${escapeText(block.title)}</text>`)
    parts.push(`<text class="note" x="16" y="${y + 34}">${escapeText(block.note)}</text>`)
    y += HEAD
    const most = Math.max(...block.bars.map(({ summary }) => summary.most))
    for (const bar of block.bars) {
      parts.push(barOf(bar, most, y))
      y += BAR + GAP
    }
    y += BLOCK_GAP
  }
  const size = `width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">\n<style>${STYLE}\n</style>\n${parts.join('\n')}\n</svg>\n`
}

/** @param {import('./statistics.mjs').RowResult} row */
function blocksOf({ title, metrics, contenders }) {
  return Object.entries(metrics)
    .filter(([, { detail }]) => detail !== true)
    .map(([metric, { title: unit, better }]) => ({
      title,
      note: `${unit}; ${better} is better`,
      bars: contenders.flatMap(({ name, title, metrics: { [metric]: summary } }) =>
        summary === undefined ? [] : [{ title, own: name.startsWith('lovage'), summary }],
      ),
    }))
    .filter(({ bars }) => bars.length > 1)
}

/**
 * @param {{ title: string, own: boolean, summary: import('./statistics.mjs').Summary }} bar
 * @param {number} most what the longest bar stands for
 * @param {number} y
 */
function barOf({ title, own, summary }, most, y) {
  const scale = (/** @type {number} */ value) => (most > 0 ? Math.max((value / most) * LONGEST, 0) : 0)
  const [from, to] = [LABEL + scale(summary.least), LABEL + scale(summary.most)].map((x) => x.toFixed(1))
  const width = Math.max(scale(summary.median), 1)
  const middle = y + BAR / 2
  const spread =
    summary.values.length > 1 ? `<line class="range" x1="${from}" x2="${to}" y1="${middle}" y2="${middle}"/>` : ''
  const text = `x="${(Math.max(LABEL + width, Number(to)) + 6).toFixed(1)}" y="${middle + 4.5}"`
  return [
    `<text x="${LABEL - 10}" y="${middle + 4.5}" text-anchor="end">${escapeText(title)}</text>`,
    `<rect class="${own ? 'own' : 'peer'}" x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/>`,
    spread,
    `<text ${text}>${figure(summary.median)}</text>`,
  ].join('')
}

/** @param {string} text @param {number} most characters in a line */
function wrap(text, most) {
  /** @type {string[]} */
  const lines = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length + 1 > most) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

/** @param {string} text */
function escapeText(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
