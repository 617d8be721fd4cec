/** One setting that cannot be used. Holds nothing secret: `came` is already safe to print. */
export interface SettingFault {
  /** Dotted path, such as `http.port`. */
  readonly setting: string
  /** Where the value came from: `PORT in the environment`, `--port`, `config/production.ts`, `default`. */
  readonly source: string
  readonly expected: string
  readonly came: string
}

/** All that is wrong with the settings, one line for each fault. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly faults: readonly SettingFault[]

  constructor(faults: readonly SettingFault[]) {
    super(['The settings cannot be used:', ...faults.map((fault) => `  ${lineFor(fault)}`)].join('\n'))
    this.faults = faults
  }
}

function lineFor({ setting, source, expected, came }: SettingFault): string {
  return `${setting} (from ${source}): expected ${expected}, came ${came}`
}
