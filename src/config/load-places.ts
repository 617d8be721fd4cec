import { resolve } from 'node:path'
import type { Settings } from '../../config/default.ts'
import { mergeLayers } from './merge-layers.ts'
import { redisUrlDatabase } from './redis-url-format.ts'
import { environmentFrom, settingLayers, type GivenSettings } from './setting-layers.ts'
import { servedQueues } from './served-queues.ts'
import { isGroup, valueAt } from './settings-tree.ts'
import type { ResolvedSettings } from './settings-types.ts'

/** Where the data folder, the servers and the queues are, and how a task is sent to them. */
export type Places = Pick<ResolvedSettings, 'dataDir' | 'redis' | 'queue'> & {
  readonly worker: Pick<ResolvedSettings['worker'], 'queues'>
  readonly events: Pick<ResolvedSettings['events'], 'sent'>
}

/**
 * The few settings of a command that only asks a server something. It needs no secrets, and is not to wait for the check of
 * all settings, whose library takes longer to load than the command itself. What does not look right is left to that check,
 * which finds the words for it.
 *
 * @throws SettingsError with everything that is wrong, at once
 * @throws TypeError for a flag that is not in the table of flags
 */
export async function loadPlaces(given: GivenSettings): Promise<Places> {
  const { values } = mergeLayers(settingLayers(given, environmentFrom(given.env)))
  if (looksRight(values)) {
    const { dataDir, redis, queue, worker, events } = values
    return {
      dataDir: resolve(dataDir),
      redis,
      queue,
      worker: { queues: servedQueues(worker) },
      events: { sent: events.sent },
    }
  }
  const { loadSettings } = await import('./load-settings.ts')
  return loadSettings(given).settings
}

function looksRight(values: object): values is Pick<Settings, 'dataDir' | 'redis' | 'queue' | 'worker' | 'events'> {
  const at = (path: string): unknown => valueAt(values, path)
  const numbers = isGroup(at('redis.databases')) ? Object.values(at('redis.databases') as object) : [null]
  const waits = ['redis.commandTimeoutMs', 'redis.connectTimeoutMs', 'redis.startTimeoutMs', 'queue.enqueueTimeoutMs']
  const bounds = [at('queue.maxLength'), at('queue.maxAgeSeconds')]
  const [queues, excludeQueues] = [at('worker.queues'), at('worker.excludeQueues')]
  const urls = ['url', 'brokerUrl', 'resultsUrl', 'sessionsUrl', 'codesUrl'].map((name) => at(`redis.${name}`))
  const dataDir = at('dataDir')
  return (
    typeof dataDir === 'string' &&
    /^[^\0]+$/.test(dataDir) &&
    numbers.every((number) => isWhole(number, 0)) &&
    waits.every((name) => isWhole(at(name), 1)) &&
    bounds.every((bound) => bound === null || isWhole(bound, 1)) &&
    typeof at('events.sent') === 'boolean' &&
    areNames(queues) &&
    (excludeQueues === null || areNames(excludeQueues)) &&
    servedQueues({ queues, excludeQueues }).length > 0 &&
    urls.every((url) => url === null || (typeof url === 'string' && redisUrlDatabase(url) !== undefined))
  )
}

function areNames(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    new Set(value).size === value.length &&
    value.every((name) => typeof name === 'string' && /^[^\s,\p{Cc}]+$/u.test(name))
  )
}

function isWhole(value: unknown, least: number): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least
}
