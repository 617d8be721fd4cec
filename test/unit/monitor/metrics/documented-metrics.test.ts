import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import type { MetricFamily } from '../../../support/prometheus-text.ts'
import { allMetrics } from './all-metrics.ts'

/** Labels that Prometheus itself adds. */
const ofPrometheus = ['job', 'instance']

/** Names that expressions use beside metrics of ours: what Prometheus makes itself. */
const itsOwn = ['up']

/** Words of the query language that are no metric. */
const words =
  /^(?:sum|max|min|avg|count|rate|increase|time|histogram_quantile|label_values|by|on|and|or|unless|le|job|instance|ignoring|group_left)$/

interface Expression {
  readonly where: string
  readonly text: string
}

/** Those of a Grafana dashboard, wherever they are in it. */
function dashboardExpressions(): Expression[] {
  const dashboard = JSON.parse(readFileSync('docs/grafana/lovage.json', 'utf8')) as {
    panels: { id: number; title: string; type: string; targets?: { expr: string }[] }[]
    templating: { list: { name: string; type: string; query: string }[] }
  }
  const queries = dashboard.templating.list.filter(({ type }) => type === 'query')
  return [
    ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ where: title, text: expr }))),
    ...queries.map(({ name, query }) => ({ where: name, text: query })),
  ]
}

interface Alert {
  readonly name: string
  readonly lines: readonly string[]
}

/** The rules of the file, which says what it says in a line each. */
function alerts(): Alert[] {
  const [, ...rules] = readFileSync('docs/alerts.yml', 'utf8').split(/^ {6}- alert: /m)
  return rules.map((rule) => {
    const [name = '', ...lines] = rule.trimEnd().split('\n')
    return { name, lines }
  })
}

function alertExpressions(): Expression[] {
  return alerts().flatMap(({ name, lines }) =>
    lines.flatMap((line) => {
      const [, text] = /^ {8}expr: (.+)$/.exec(line) ?? []
      return text === undefined ? [] : [{ where: name, text }]
    }),
  )
}

/** The names in an expression: what stands neither in quotes nor in braces, nor behind `by`. */
function namesIn(expression: string): string[] {
  const bare = expression
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|on|ignoring) \([^)]*\)/g, '')
  return [...bare.matchAll(/[a-zA-Z_][\w:]*/g)].map(([name]) => name).filter((name) => !words.test(name))
}

/** The values of each label of a metric; `le` left out. */
function labelsOf(family: MetricFamily): Map<string, Set<string>> {
  const labels = new Map<string, Set<string>>()
  for (const series of family.series) {
    for (const [name, value] of Object.entries(series.labels)) {
      if (name !== 'le') labels.set(name, (labels.get(name) ?? new Set()).add(value))
    }
  }
  return labels
}

describe('the metrics that are documented', () => {
  let families: Map<string, MetricFamily>
  before(async () => {
    families = await allMetrics()
  })

  const familyOf = (name: string): MetricFamily | undefined => {
    const base = name.replace(/_(?:bucket|sum|count)$/, '')
    const family = families.get(name) ?? families.get(base)
    return family !== undefined && (family.name === name || family.type === 'histogram') ? family : undefined
  }

  it('are all that there are, as the program describes them', () => {
    const rows = [
      ...readFileSync('docs/metrics.md', 'utf8').matchAll(/^\| `(lovage_\w+)` *\|([^|]*)\|([^|]*)\|([^|]*)\|$/gm),
    ]
    const documented = rows.map(([, name = '', type = '', labels = '', meaning = '']) => ({
      name,
      type: type.trim(),
      labels: labels.trim() === '' ? [] : labels.trim().split(', '),
      help: meaning.trim(),
    }))
    const real = [...families.values()]
      .filter(({ name }) => name.startsWith('lovage_'))
      .map((family) => ({
        name: family.name,
        type: family.type,
        labels: [...labelsOf(family).keys()],
        help: family.help,
      }))
    const byName = (one: { name: string }, other: { name: string }): number => one.name.localeCompare(other.name)
    expect(documented.toSorted(byName)).to.deep.equal(real.toSorted(byName))
    expect(real.length).to.be.greaterThan(30)
  })

  it('have names by the conventions of Prometheus', () => {
    for (const { name, type, series } of families.values()) {
      expect(name).to.match(/^(?:lovage|nodejs|process)_[a-z0-9_]+$/)
      // The unit is a base unit, and stands at the end.
      expect(name).not.to.match(/_(?:ms|milliseconds|minutes|percent|kb|megabytes)(?:_total)?$/)
      if (type === 'histogram' && name.startsWith('lovage_')) expect(name).to.match(/_seconds$/)
      // Node's own, as prom-client has it, does not keep to that.
      if (type === 'gauge' && !name.startsWith('nodejs_')) expect(name).not.to.match(/_total$/)
      for (const { labels } of series) for (const label of Object.keys(labels)) expect(label).to.match(/^[a-z_]+$/)
    }
  })

  it('name what they are of: outcomes, reasons, kinds', () => {
    const page = readFileSync('docs/metrics.md', 'utf8')
    for (const [name, label] of [
      ['lovage_task_runs_total', 'outcome'],
      ['lovage_threads_ended_total', 'reason'],
      ['lovage_sms_messages_total', 'outcome'],
      ['lovage_budget_spent_total', 'budget'],
    ] as const) {
      const values = labelsOf(families.get(name) as MetricFamily).get(label) ?? new Set()
      expect(values.size).to.be.greaterThan(3)
      for (const value of values) expect(page, `${name} ${label}`).to.contain(`\`${value}\``)
    }
  })

  const files: [file: string, expressions: () => Expression[], least: number][] = [
    ['docs/grafana/lovage.json', dashboardExpressions, 30],
    ['docs/alerts.yml', alertExpressions, 15],
  ]
  for (const [file, expressions, least] of files) {
    it(`are those that ${file} asks for, by labels and values that they have`, () => {
      const all = expressions()
      expect(all.length).to.be.at.least(least)
      for (const { where, text } of all) {
        const names = namesIn(text)
        expect(names, `${where}: ${text}`).not.to.deep.equal([])
        for (const name of names) {
          if (!itsOwn.includes(name)) expect(familyOf(name), `${where}: ${name}`).not.to.equal(undefined)
        }
        for (const [, name = '', selectors = ''] of text.matchAll(/([a-zA-Z_]\w*)\{([^}]*)\}/g)) {
          const labels = itsOwn.includes(name)
            ? new Map<string, Set<string>>()
            : labelsOf(familyOf(name) as MetricFamily)
          for (const [, label = '', operator = '', value = ''] of selectors.matchAll(/(\w+)(=~|!=|=)"([^"]*)"/g)) {
            expect([...ofPrometheus, ...labels.keys()], `${where}: ${label}`).to.include(label)
            const isOurs = operator === '=' && !ofPrometheus.includes(label) && label !== 'status'
            if (isOurs) expect([...(labels.get(label) ?? [])], `${where}: ${label}`).to.include(value)
          }
        }
      }
    })

    it(`are asked for in ${file} with brackets that match`, () => {
      for (const { where, text } of expressions()) {
        for (const [open, close] of ['()', '{}', '[]']) {
          expect(text.split(open ?? '').length, `${where}: ${text}`).to.equal(text.split(close ?? '').length)
        }
      }
    })
  }

  it('are grouped by labels that they have', () => {
    for (const { where, text } of [...dashboardExpressions(), ...alertExpressions()]) {
      const have = namesIn(text).flatMap((name) => {
        const family = familyOf(name)
        return family === undefined ? [] : [...labelsOf(family).keys()]
      })
      for (const [, list = ''] of text.matchAll(/\bby \(([^)]*)\)/g)) {
        for (const label of list.split(', '))
          expect([...have, ...ofPrometheus, 'le'], `${where}: ${text}`).to.include(label)
      }
    }
  })

  it('are shown in panels of their own places, each with a name of its own', () => {
    const { panels } = JSON.parse(readFileSync('docs/grafana/lovage.json', 'utf8')) as {
      panels: { id: number; title: string; gridPos: { x: number; y: number; w: number; h: number } }[]
    }
    expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length)
    expect(new Set(panels.map(({ title }) => title)).size).to.equal(panels.length)
    for (const { title, gridPos } of panels) expect(gridPos.x + gridPos.w, title).to.be.at.most(24)
  })

  it('alarm with a severity, and words for people', () => {
    const all = alerts()
    expect(new Set(all.map(({ name }) => name)).size).to.equal(all.length)
    for (const { name, lines } of all) {
      const text = lines.join('\n')
      expect(name).to.match(/^Lovage[A-Za-z]+$/)
      expect(text, name).to.match(/^ {8}labels: \{ severity: (?:page|ticket) \}$/m)
      expect(text, name).to.match(/^ {10}summary: .{10,}$/m)
      expect(text, name).to.match(/^ {10}description: .{10,}$/m)
      // What is not in quotes must not hold what YAML reads as more.
      for (const line of lines) {
        const [, value = ''] = /^ {8,10}(?:expr|summary|description): (.*)$/.exec(line) ?? []
        if (!/^['"]/.test(value)) expect(value, name).not.to.match(/: |\{\{| #|^[[{&*!|>%@`]/)
      }
    }
  })
})
