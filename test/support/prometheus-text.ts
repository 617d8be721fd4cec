/** One series of a metric, with its value now. */
export interface Series {
  /** With what a histogram adds to its name. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** A metric, as it was told. */
export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped'
  readonly series: readonly Series[]
}

const nameForm = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const headForm = new RegExp(`^# (HELP|TYPE) (${nameForm}) (.*)$`)
const sampleForm = new RegExp(`^(${nameForm})(?:\\{(.*)\\})? (\\S+)$`)
const labelForm = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/
/** Go's ParseFloat, which Prometheus reads with, takes NaN in any case, and prom-client writes `Nan`. */
const valueForm = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]Inf|N[aA][nN])$/
const types = ['counter', 'gauge', 'histogram', 'summary', 'untyped']

interface Building {
  readonly name: string
  help?: string
  type?: MetricFamily['type']
  readonly series: Series[]
}

/**
 * Reads Prometheus' text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats), and is strict about it: where Prometheus
 * would guess, or take the last of two, this throws.
 *
 * @throws Error with the line that is wrong
 */
export function parsePrometheusText(text: string): Map<string, MetricFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const families = new Map<string, Building>()
  const seen = new Set<string>()
  let current = null as Building | null
  for (const line of text.split('\n')) {
    const wrong = (why: string): Error => new Error(`${why}: ${line}`)
    if (line === '') continue
    if (line.startsWith('#')) {
      const [, kind, name = '', rest = ''] = headForm.exec(line) ?? []
      if (kind === undefined) throw wrong('neither HELP nor TYPE')
      if (current?.name !== name) {
        if (families.has(name)) throw wrong('the lines of a metric are apart')
        current = { name, series: [] }
        families.set(name, current)
      }
      if (current.series.length > 0) throw wrong('it comes after samples')
      if (kind === 'HELP' ? current.help !== undefined : current.type !== undefined) throw wrong('it is there twice')
      if (kind === 'HELP') current.help = rest
      else if (types.includes(rest)) current.type = rest as MetricFamily['type']
      else throw wrong('no type')
      continue
    }
    const [, name = '', labelText = '', value = ''] = sampleForm.exec(line) ?? []
    if (name === '' || !valueForm.test(value)) throw wrong('no sample')
    if (current === null || !belongsTo(current, name)) throw wrong('a sample of another metric')
    const labels = readLabels(labelText)
    if (labels === null) throw wrong('labels')
    const identity = `${name}${identityOf(labels)}`
    if (seen.has(identity)) throw wrong('it is there twice')
    seen.add(identity)
    current.series.push({ name, labels, value: Number(value.replace('Inf', 'Infinity')) })
  }
  const read = new Map([...families].map(([name, family]) => [name, complete(family)]))
  for (const family of read.values()) check(family)
  return read
}

/** The value of one series; NaN: there is none. */
export function valueOf(
  families: ReadonlyMap<string, MetricFamily>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const wanted = identityOf(labels)
  const family = families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count)$/, ''))
  const series = family?.series.find((each) => each.name === name && identityOf(each.labels) === wanted)
  return series?.value ?? NaN
}

/** The same for the same labels, in whichever order. */
function identityOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).toSorted(([one], [other]) => one.localeCompare(other)))
}

function belongsTo({ name, type }: Building, sample: string): boolean {
  if (type !== 'histogram') return sample === name
  return [`${name}_bucket`, `${name}_sum`, `${name}_count`].includes(sample)
}

function readLabels(text: string): Record<string, string> | null {
  const labels: Record<string, string> = {}
  for (let rest = text; rest !== '';) {
    const [whole, name, value] = labelForm.exec(rest) ?? []
    if (whole === undefined || name === undefined || value === undefined || name in labels) return null
    labels[name] = value.replaceAll(/\\(.)/g, (_all, escaped: string) => (escaped === 'n' ? '\n' : escaped))
    rest = rest.slice(whole.length)
  }
  return labels
}

function complete({ name, help, type, series }: Building): MetricFamily {
  if (help === undefined || help === '') throw new Error(`${name} has no HELP`)
  if (type === undefined) throw new Error(`${name} has no TYPE`)
  return { name, help, type, series }
}

function check({ name, type, series }: MetricFamily): void {
  for (const { value, labels } of series) {
    if (type !== 'gauge' && !(value >= 0)) throw new Error(`${name} ${JSON.stringify(labels)}: ${value} in a ${type}`)
  }
  if (type === 'counter' && !name.endsWith('_total')) throw new Error(`${name}: a counter ends with _total`)
  if (type === 'histogram') checkHistogram(name, series)
}

/** Each has buckets that grow up to +Inf, which is the count, and a sum. */
function checkHistogram(name: string, series: readonly Series[]): void {
  const groups = new Map<string, Series[]>()
  for (const each of series) {
    const { le: _bound, ...labels } = each.labels
    const key = identityOf(labels)
    groups.set(key, [...(groups.get(key) ?? []), each])
  }
  for (const [key, group] of groups) {
    const wrong = (why: string): Error => new Error(`${name} ${key}: ${why}`)
    const buckets = group.filter((each) => each.name.endsWith('_bucket'))
    const [sum, ...sums] = group.filter((each) => each.name.endsWith('_sum'))
    const [count, ...counts] = group.filter((each) => each.name.endsWith('_count'))
    if (sum === undefined || count === undefined || sums.length + counts.length > 0)
      throw wrong('one sum and one count')
    let [bound, value] = [-Infinity, 0]
    for (const bucket of buckets) {
      const next = Number(bucket.labels['le']?.replace('Inf', 'Infinity'))
      if (!(next > bound)) throw wrong(`bounds grow, but ${bucket.labels['le']} comes after ${bound}`)
      if (bucket.value < value) throw wrong(`counts grow, but ${bucket.value} comes after ${value}`)
      bound = next
      value = bucket.value
    }
    if (bound !== Infinity || value !== count.value) throw wrong('the last bucket is +Inf, and the count')
  }
}
