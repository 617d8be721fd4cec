import { resolve } from 'node:path'
import type { Settings } from '../../config/default.ts'
import { checkSettings } from './check-settings.ts'
import { mergeLayers } from './merge-layers.ts'
import type { MergedLayers } from './merge-layers.ts'
import { resolveSettings, thisMachine } from './resolve-settings.ts'
import { keepSecrets } from './secrets.ts'
import type { Secrets } from './secrets.ts'
import { environmentFrom, settingLayers, type GivenSettings } from './setting-layers.ts'
import { isGroup, valueAt } from './settings-tree.ts'
import type { EnvironmentName, ResolvedSettings, SettingPath, SettingSources } from './settings-types.ts'

/** All settings, where each came from, and for which environment. Frozen at every depth. */
export interface LoadedSettings {
  readonly settings: ResolvedSettings
  readonly sources: SettingSources
  readonly environment: EnvironmentName
}

/**
 * Reads and checks all settings: `config/default.ts`, then `config/<NODE_ENV>.ts`, then environment variables, then
 * command-line options, each over those before it. In development and test, secrets that are not set are made once and
 * kept under `dataDir`; nothing else is written, and nothing at all if a setting is at fault.
 *
 * @throws SettingsError with everything that is wrong, at once
 * @throws TypeError for a flag that is not in the table of flags
 */
export function loadSettings(given: GivenSettings): LoadedSettings {
  const environment = environmentFrom(given.env)
  const merged = mergeLayers(settingLayers(given, environment))
  const checked = checkSettings(merged, environment)
  const sources = sourcesOfSettings(merged)
  const secrets = allSecrets(checked, sources)
  return Object.freeze({
    settings: resolveSettings(checked, secrets, thisMachine()),
    sources: Object.freeze(sources),
    environment,
  })
}

/**
 * The same for a command that only tells what is set: it needs no secrets, and makes none.
 *
 * @throws SettingsError with everything that is wrong, at once
 * @throws TypeError for a flag that is not in the table of flags
 */
export function loadWithoutSecrets(given: GivenSettings): Omit<ResolvedSettings, 'secrets'> {
  const environment = environmentFrom(given.env)
  const checked = checkSettings(mergeLayers(settingLayers(given, environment)), environment)
  const { secrets: _none, ...settings } = resolveSettings(checked, { sessionKeys: [], codeKey: '' }, thisMachine())
  return settings
}

/** The sources without those of whole groups. */
function sourcesOfSettings({ values, sources }: MergedLayers): Record<SettingPath, string> {
  const ofSettings = [...sources].filter(([path]) => !isGroup(valueAt(values, path)))
  // The defaults name every setting, so each has a source.
  return Object.fromEntries(ofSettings) as Record<SettingPath, string>
}

/** Fills in what is not set, and notes its source. Production never comes that far without secrets. */
function allSecrets({ dataDir, secrets }: Settings, sources: Record<SettingPath, string>): Secrets {
  const { sessionKeys, codeKey } = secrets
  if (sessionKeys !== null && codeKey !== null) return { sessionKeys, codeKey }
  const { file, secrets: kept } = keepSecrets(resolve(dataDir))
  if (sessionKeys === null) sources['secrets.sessionKeys'] = file
  if (codeKey === null) sources['secrets.codeKey'] = file
  return { sessionKeys: sessionKeys ?? kept.sessionKeys, codeKey: codeKey ?? kept.codeKey }
}
