import { resolve } from 'node:path'
import { defaults } from '../../config/default.ts'
import type { Settings, SettingsOverrides } from '../../config/default.ts'
import { overrides as development } from '../../config/development.ts'
import { overrides as production } from '../../config/production.ts'
import { overrides as test } from '../../config/test.ts'
import { checkSettings } from './check-settings.ts'
import { environmentLayers } from './environment-table.ts'
import { flagLayers } from './flags-table.ts'
import type { FlagValues } from './flags-table.ts'
import { mergeLayers } from './merge-layers.ts'
import type { MergedLayers } from './merge-layers.ts'
import { resolveSettings, thisMachine } from './resolve-settings.ts'
import { keepSecrets } from './secrets.ts'
import type { Secrets } from './secrets.ts'
import { SettingsError } from './settings-error.ts'
import { isGroup, valueAt } from './settings-tree.ts'
import { environmentNames } from './settings-types.ts'
import type { EnvironmentName, ResolvedSettings, SettingPath, SettingSources } from './settings-types.ts'
import { shownValue } from './shown-value.ts'

/** All settings, where each came from, and for which environment. Frozen at every depth. */
export interface LoadedSettings {
  readonly settings: ResolvedSettings
  readonly sources: SettingSources
  readonly environment: EnvironmentName
}

const overridesFor: Readonly<Record<EnvironmentName, SettingsOverrides>> = { development, production, test }

/**
 * Reads and checks all settings: `config/default.ts`, then `config/<NODE_ENV>.ts`, then environment variables, then
 * command-line options, each over those before it. In development and test, secrets that are not set are made once and
 * kept under `dataDir`; nothing else is written, and nothing at all if a setting is at fault.
 *
 * @throws SettingsError with everything that is wrong, at once
 * @throws TypeError for a flag that is not in the table of flags
 */
export function loadSettings({ env, flags }: { env: NodeJS.ProcessEnv; flags: FlagValues }): LoadedSettings {
  const environment = environmentFrom(env)
  const merged = mergeLayers([
    { source: 'default', values: defaults },
    { source: `config/${environment}.ts`, values: overridesFor[environment] },
    ...environmentLayers(env),
    ...flagLayers(flags),
  ])
  const checked = checkSettings(merged, environment)
  const sources = sourcesOfSettings(merged)
  const secrets = allSecrets(checked, sources)
  return Object.freeze({
    settings: resolveSettings(checked, secrets, thisMachine()),
    sources: Object.freeze(sources),
    environment,
  })
}

function environmentFrom({ NODE_ENV: name = '' }: NodeJS.ProcessEnv): EnvironmentName {
  const environment = environmentNames.find((known) => known === (name || 'development'))
  if (environment !== undefined) return environment
  const expected = `one of ${environmentNames.join(', ')}`
  throw new SettingsError([
    { setting: 'NODE_ENV', source: 'NODE_ENV in the environment', expected, came: shownValue(name) },
  ])
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
