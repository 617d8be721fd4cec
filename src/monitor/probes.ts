import type { Context, Next } from 'koa'

/** What must hold for the process to be ready, by name. A check that throws, or takes too long, fails. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<void>>>

/** How long one check may take, in milliseconds. */
const checkTimeoutMs = 1_000

/** What a probe says. */
export interface ProbeAnswer {
  readonly status: 200 | 503
  readonly body: { readonly status: string; readonly causes?: Readonly<Record<string, string>> }
}

/** The probes of one process. */
export interface Probes {
  /** What the probe of a path says; null: there is none. */
  answer(path: string): Promise<ProbeAnswer> | null
  /** Answers `GET /livez` and `GET /readyz`; everything else passes. */
  readonly middleware: (context: Context, next: Next) => Promise<void>
  /** From now on the process is not ready: it is about to stop. */
  stopping(): void
}

/**
 * `/livez`: the event loop turns. `/readyz`: every check holds; else 503, with what failed and why.
 */
export function createProbes(checks: ReadinessChecks): Probes {
  let stopping = false
  const ready = async (): Promise<ProbeAnswer> => {
    const causes = stopping ? { process: 'is stopping' } : await failures(checks)
    return Object.keys(causes).length === 0 ? well : { status: 503, body: { status: 'unavailable', causes } }
  }
  const probes: Readonly<Record<string, () => Promise<ProbeAnswer>>> = { livez: async () => well, readyz: ready }
  const probeOf = (path: string): (() => Promise<ProbeAnswer>) | undefined => {
    const [, name = ''] = /^\/(livez|readyz)\/?$/.exec(path) ?? []
    return probes[name]
  }
  return {
    stopping() {
      stopping = true
    },
    answer: (path) => probeOf(path)?.() ?? null,
    async middleware(context, next) {
      const probe = probeOf(context.path)
      if (probe === undefined) return next()
      context.set('Cache-Control', 'no-store')
      if (context.method !== 'GET' && context.method !== 'HEAD') {
        context.status = 405
        context.set('Allow', 'GET, HEAD')
        return
      }
      const { status, body } = await probe()
      context.status = status
      context.body = body
    },
  }
}

/** Longest cause, in characters: it may be the text of any error, and whoever asks is told it. */
const longestCause = 300

const well: ProbeAnswer = { status: 200, body: { status: 'ok' } }

async function failures(checks: ReadinessChecks): Promise<Record<string, string>> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<[string, string] | null> => {
      try {
        await withinTime(check())
        return null
      } catch (error) {
        return [name, (error instanceof Error ? error.message : String(error)).slice(0, longestCause)]
      }
    }),
  )
  return Object.fromEntries(results.filter((result) => result !== null))
}

async function withinTime(check: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`did not answer within ${checkTimeoutMs} ms`)), checkTimeoutMs)
  })
  try {
    await Promise.race([check, late])
  } finally {
    clearTimeout(timer)
  }
}
