import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { eventually } from '../support/eventually.ts'
import { projectRoot } from '../support/service.ts'

/** A span as the fixture writes it. */
export interface WrittenSpan {
  readonly name: string
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parentId: string | null
  readonly attributes: Record<string, unknown>
  readonly status: { code: number; message?: string }
  readonly events: { name: string; attributes: Record<string, unknown> }[]
  /** 0: the process's first one. */
  readonly threadId: number
}

const module = (path: string): string => JSON.stringify(pathToFileURL(join(projectRoot, path)).href)

const tasks = `
import { createRequire } from 'node:module'
import { defineTask } from ${module('dist/src/engine/task.js')}
import { TransientError } from ${module('dist/src/engine/errors.js')}
import { signature } from ${module('dist/src/engine/canvas/index.js')}

export const leaf = defineTask('traced.leaf', {}, () => 'leaf')
export const replaced = defineTask('traced.replaced', {}, (context) => context.replace(signature('traced.leaf')))
export const flaky = defineTask('traced.flaky', { retryBackoff: { seconds: 0.01 } }, (context) => {
  if (context.retries === 0) throw new TransientError('not yet')
  return 'done'
})
export const stuck = defineTask('traced.stuck', { timeLimit: 0.3, maxRetries: 0 }, () => { for (;;) continue })
/** A span of the user's own, from the project's copy of the API. */
export const inner = defineTask('traced.inner', {}, async () => {
  const { trace } = await import(${module('node_modules/@opentelemetry/api/build/src/index.js')})
  trace.getTracer('user').startSpan('inner').end()
})
/** What of OpenTelemetry its thread has loaded. */
export const loaded = defineTask('traced.loaded', {}, () => {
  const { cache } = createRequire(import.meta.url)
  const registry = Symbol.for('opentelemetry.js.api.1') in globalThis
  return [...Object.keys(cache).filter((file) => file.includes('opentelemetry')), ...(registry ? ['registry'] : [])]
})
`

/** A user's folder, with tasks and a file that spans go to. */
export class TracingStage {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'lv-spans-')))
  readonly #spans = join(this.folder, 'spans.jsonl')

  constructor() {
    writeFileSync(join(this.folder, 'traced.mjs'), tasks)
  }

  /** The environment of a program that is traced. */
  get env(): Record<string, string> {
    const fixture = pathToFileURL(join(projectRoot, 'test/fixtures/tracing/tracing.mjs')).href
    return { NODE_OPTIONS: `--import=${fixture}`, SPANS: this.#spans }
  }

  get spans(): WrittenSpan[] {
    if (!existsSync(this.#spans)) return []
    const lines = readFileSync(this.#spans, 'utf8').split('\n')
    // The last one is empty, or still being written.
    return lines.slice(0, -1).map((line) => JSON.parse(line) as WrittenSpan)
  }

  /** Waits until so many spans of a name fit. */
  async awaitSpans(name: string, count = 1, fits: (span: WrittenSpan) => boolean = () => true): Promise<WrittenSpan[]> {
    return eventually(
      async () => {
        const found = this.spans.filter((span) => span.name === name && fits(span))
        if (found.length < count) throw new Error(`${found.length} spans so far`)
        return found
      },
      { what: `${count} spans named ${name}` },
    )
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
