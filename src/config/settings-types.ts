import type { Settings } from '../../config/default.ts'

/** Names that `NODE_ENV` may hold; each has a file in `config/`. */
export const environmentNames = ['development', 'production', 'test'] as const

export type EnvironmentName = (typeof environmentNames)[number]

/** The last one is checked by the engine as a whole. */
type Plain = string | number | boolean | null | readonly unknown[] | Settings['beat']['schedule']

/** Same shape as `T`, with `Leaf` where `T` has a setting rather than a group of settings. */
export type ForEachSetting<T, Leaf> = {
  [K in keyof T]: T[K] extends Plain ? Leaf : ForEachSetting<T[K], Leaf>
}

type PathsIn<T> = {
  [K in keyof T & string]: T[K] extends Plain ? K : `${K}.${PathsIn<T[K]>}`
}[keyof T & string]

/** Dotted path of one setting: `dataDir`, `http.port`, `sms.yuntongxun.appId`. */
export type SettingPath = PathsIn<Settings>

/** Read-only at every depth, as `loadSettings` freezes it. */
export type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T

/** Settings as the parts get them: checked, frozen, and with a value wherever `null` stands for one to be worked out. */
export type ResolvedSettings = Frozen<
  Omit<Settings, 'worker' | 'secrets'> & {
    worker: Omit<
      Settings['worker'],
      'concurrency' | 'autoscale' | 'node' | 'otherPools' | 'excludeQueues' | 'include'
    > & {
      /** At the start. */
      concurrency: number
      autoscale: { max: number; min: number } | null
      node: string
      otherPools: { threads: number; async: number }
    }
    secrets: { sessionKeys: string[]; codeKey: string }
  }
>

/** Which file, variable or option each setting came from, for the banner and for messages. */
export type SettingSources = Readonly<Record<SettingPath, string>>
