import type { Layer } from './merge-layers.ts'
import type { Reader } from './readers.ts'
import type { SettingPath } from './settings-types.ts'

/** A name under which a setting can be given from outside: an environment variable or a command-line option. */
export interface OutsideName<Name extends string = string> {
  readonly name: Name
  /** How messages call it. */
  readonly source: string
  readonly path: SettingPath
  readonly read: Reader
}

/** One layer for each name in `table` that `given` has a value for. */
export function layersFrom(table: readonly OutsideName[], given: Readonly<Record<string, unknown>>): Layer[] {
  return table.flatMap(({ name, source, path, read }) => {
    const raw = given[name]
    return raw === undefined ? [] : [{ source, values: nested(path.split('.'), read(raw)) }]
  })
}

/** `{ http: { port: value } }` for `http` and `port`. */
function nested([first = '', ...rest]: readonly string[], value: unknown): object {
  return { [first]: rest.length === 0 ? value : nested(rest, value) }
}
