import { defaults } from '../../config/default.ts'
import type { SettingsOverrides } from '../../config/default.ts'
import { overrides as development } from '../../config/development.ts'
import { overrides as production } from '../../config/production.ts'
import { overrides as test } from '../../config/test.ts'
import { environmentLayers } from './environment-table.ts'
import { flagLayers } from './flags-table.ts'
import type { FlagValues } from './flags-table.ts'
import type { Layer } from './merge-layers.ts'
import { SettingsError } from './settings-error.ts'
import { environmentNames } from './settings-types.ts'
import type { EnvironmentName } from './settings-types.ts'
import { shownValue } from './shown-value.ts'

/** What settings are read from. */
export interface GivenSettings {
  readonly env: NodeJS.ProcessEnv
  readonly flags: FlagValues
}

const overridesFor: Readonly<Record<EnvironmentName, SettingsOverrides>> = { development, production, test }

/**
 * Everything that sets something, each over those before it: `config/default.ts`, `config/<NODE_ENV>.ts`, environment
 * variables, command-line options. Not checked.
 *
 * @throws TypeError for a flag that is not in the table of flags
 */
export function settingLayers({ env, flags }: GivenSettings, environment: EnvironmentName): Layer[] {
  return [
    { source: 'default', values: defaults },
    { source: `config/${environment}.ts`, values: overridesFor[environment] },
    ...environmentLayers(env),
    ...flagLayers(flags),
  ]
}

/** @throws SettingsError for a name that is none */
export function environmentFrom({ NODE_ENV: name = '' }: NodeJS.ProcessEnv): EnvironmentName {
  const environment = environmentNames.find((known) => known === (name || 'development'))
  if (environment !== undefined) return environment
  const expected = `one of ${environmentNames.join(', ')}`
  throw new SettingsError([
    { setting: 'NODE_ENV', source: 'NODE_ENV in the environment', expected, came: shownValue(name) },
  ])
}
