/** Lines of a start banner, in Celery's manner: what this process is and where it works. */
export interface BannerFacts {
  readonly version: string
  readonly node: string
  readonly app: string
  readonly broker: string
  readonly results: string
  readonly concurrency: string
  readonly queues: readonly string[]
  readonly tasks: readonly string[]
  /** What the scheduler in this process looks after; null: there is none. */
  readonly periodic: readonly string[] | null
  /** Address of the service; null for a worker alone. */
  readonly url: string | null
  /** Address of the dashboard, with what opens it; null: there is none. */
  readonly monitor: string | null
  /** Address of the metrics; null: there are none. */
  readonly metrics: string | null
}

/** The banner as text, ending with a line break. */
export function banner(facts: BannerFacts): string {
  return bannerText(facts, {
    app: facts.app,
    broker: facts.broker,
    results: facts.results,
    concurrency: facts.concurrency,
    ...(facts.periodic !== null && { beat: periodicText(facts.periodic) }),
    queues: facts.queues.join(', '),
    tasks: facts.tasks.toSorted().join(', '),
    ...(facts.url !== null && { url: facts.url }),
    ...(facts.monitor !== null && { monitor: facts.monitor }),
    ...(facts.metrics !== null && { metrics: facts.metrics }),
  })
}

/** Any process's banner. */
export function bannerText(
  { version, node }: { readonly version: string; readonly node: string },
  facts: Readonly<Record<string, string>>,
): string {
  const lines = Object.entries(facts).map(([name, value]) => `  ${`${name}:`.padEnd(13)}${value}`)
  return `\n${[`lovage ${version} on ${node}`, '', ...lines].join('\n')}\n\n`
}

/** How many periodic tasks there are, and each on a line of its own. */
export function periodicText(entries: readonly string[]): string {
  const count = `${entries.length} periodic ${entries.length === 1 ? 'task' : 'tasks'}`
  return [count, ...entries.map((entry) => `${' '.repeat(15)}. ${entry}`)].join('\n')
}
