import { resolve } from 'node:path'
import type { Settings } from '../../config/default.ts'
import { mergeLayers } from './merge-layers.ts'
import { redisUrlDatabase } from './redis-url-format.ts'
import { environmentFrom, settingLayers, type GivenSettings } from './setting-layers.ts'
import { isGroup, valueAt } from './settings-tree.ts'
import type { ResolvedSettings } from './settings-types.ts'

/** Where the data folder and the servers are. */
export type Places = Pick<ResolvedSettings, 'dataDir' | 'redis'>

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
  if (looksRight(values)) return { dataDir: resolve(values.dataDir), redis: values.redis }
  const { loadSettings } = await import('./load-settings.ts')
  return loadSettings(given).settings
}

function looksRight(values: object): values is Pick<Settings, 'dataDir' | 'redis'> {
  const at = (path: string): unknown => valueAt(values, path)
  const numbers = isGroup(at('redis.databases')) ? Object.values(at('redis.databases') as object) : [null]
  const times = ['commandTimeoutMs', 'connectTimeoutMs', 'startTimeoutMs'].map((name) => at(`redis.${name}`))
  const urls = ['url', 'brokerUrl', 'resultsUrl', 'sessionsUrl', 'codesUrl'].map((name) => at(`redis.${name}`))
  const dataDir = at('dataDir')
  return (
    typeof dataDir === 'string' &&
    /^[^\0]+$/.test(dataDir) &&
    numbers.every((number) => isWhole(number, 0)) &&
    times.every((time) => isWhole(time, 1)) &&
    urls.every((url) => url === null || (typeof url === 'string' && redisUrlDatabase(url) !== undefined))
  )
}

function isWhole(value: unknown, least: number): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least
}
