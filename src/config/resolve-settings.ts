import { availableParallelism, hostname } from 'node:os'
import { resolve } from 'node:path'
import type { Settings } from '../../config/default.ts'
import type { Secrets } from './secrets.ts'
import { servedQueues } from './served-queues.ts'
import type { ResolvedSettings } from './settings-types.ts'

/** Tasks at once for each processor, where nothing else was said. */
const tasksPerProcessor = 4

/** What the machine says, for settings that are not set. */
export interface Machine {
  readonly processors: number
  readonly hostname: string
}

export function thisMachine(): Machine {
  return { processors: availableParallelism(), hostname: hostname() }
}

/**
 * Works out what `null` stands for, puts together what belongs together (queues, task files) and brings addresses to one form: `dataDir` absolute, no slash at the end of
 * `http.publicUrl` and `sms.yuntongxun.baseUrl`, `postgres://` for `postgresql://`.
 *
 * @param settings checked settings
 * @param secrets as set, or as kept under `dataDir`
 * @returns a frozen copy
 */
export function resolveSettings(settings: Settings, secrets: Secrets, machine: Machine): ResolvedSettings {
  const copy = structuredClone(settings)
  const { http, database, worker, sms } = copy
  const autoscale = worker.autoscale === null ? null : boundsOf(worker.autoscale)
  const { excludeQueues: _excluded, include: _include, ...kept } = worker
  const resolved: ResolvedSettings = {
    ...copy,
    dataDir: resolve(copy.dataDir),
    http: { ...http, publicUrl: http.publicUrl === null ? null : new URL(http.publicUrl).origin },
    database: { url: database.url?.replace(/^postgresql:/, 'postgres:') ?? null },
    worker: {
      ...kept,
      queues: servedQueues(worker),
      tasks: [...new Set([...worker.tasks, ...(worker.include ?? [])])],
      concurrency: autoscale?.min ?? worker.concurrency ?? defaultConcurrency(worker.pool, machine.processors),
      autoscale,
      otherPools: {
        ...worker.otherPools,
        threads: worker.otherPools.threads ?? defaultConcurrency('threads', machine.processors),
      },
      node: worker.node ?? nodeName(machine.hostname),
    },
    sms: { ...sms, yuntongxun: { ...sms.yuntongxun, baseUrl: sms.yuntongxun.baseUrl.replace(/\/+$/, '') } },
    secrets: { sessionKeys: [...secrets.sessionKeys], codeKey: secrets.codeKey },
  }
  deepFreeze(resolved)
  return resolved
}

function defaultConcurrency(pool: Settings['worker']['pool'], processors: number): number {
  return pool === 'solo' ? 1 : tasksPerProcessor * processors
}

/** In whichever order they come, as Celery takes them. */
function boundsOf(given: readonly number[]): { max: number; min: number } {
  return { max: Math.max(...given), min: given.length === 1 ? 1 : Math.min(...given) }
}

/** A host name as a node's name: it becomes part of Redis keys and of Celery's `<name>@<host>`. */
function nodeName(host: string): string {
  return host.replaceAll(/[^\w.@-]/g, '-').slice(0, 255) || 'localhost'
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const inner of Object.values(value)) deepFreeze(inner)
  Object.freeze(value)
}
