import { defaults } from '../../../config/default.ts'
import { checkSettings } from '../../../src/config/check-settings.ts'
import { mergeLayers } from '../../../src/config/merge-layers.ts'
import type { EnvironmentName } from '../../../src/config/settings-types.ts'
import { faultsOf } from './faults-of.ts'
import type { SettingFault } from '../../../src/config/settings-error.ts'

/** Checks the defaults under `values`, which are said to come from `config/test.ts`. */
export function check(values: object, environment: EnvironmentName = 'test'): unknown {
  const layers = [
    { source: 'default', values: defaults },
    { source: 'config/test.ts', values },
  ]
  return checkSettings(mergeLayers(layers), environment)
}

/** The faults that the check finds. */
export function faultsIn(values: object, environment: EnvironmentName = 'test'): readonly SettingFault[] {
  return faultsOf(() => check(values, environment))
}

/** `{ http: { port: value } }` for `http.port`. */
export function at(path: string, value: unknown): object {
  const put = ([first = '', ...rest]: readonly string[]): object => ({ [first]: rest.length === 0 ? value : put(rest) })
  return put(path.split('.'))
}
