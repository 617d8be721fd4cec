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
  /** Address of the service; null for a worker alone. */
  readonly url: string | null
}

/** The banner as text, ending with a line break. */
export function banner(facts: BannerFacts): string {
  const lines = [
    `lovage ${facts.version} on ${facts.node}`,
    '',
    line('app', facts.app),
    line('broker', facts.broker),
    line('results', facts.results),
    line('concurrency', facts.concurrency),
    line('queues', facts.queues.join(', ')),
    line('tasks', facts.tasks.toSorted().join(', ')),
    ...(facts.url === null ? [] : [line('url', facts.url)]),
  ]
  return `\n${lines.join('\n')}\n\n`
}

function line(name: string, value: string): string {
  return `  ${`${name}:`.padEnd(13)}${value}`
}
