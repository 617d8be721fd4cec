import { inject, provide, type InjectionKey } from 'vue'
import type { MonitorApi } from './monitor-api.ts'

const key: InjectionKey<MonitorApi> = Symbol('monitor api')

export function provideMonitorApi(api: MonitorApi): void {
  provide(key, api)
}

/** The dashboard's routes, for what is within the page that provides them. */
export function useMonitorApi(): MonitorApi {
  const api = inject(key)
  if (api === undefined) throw new Error('expected to be within a page that provides the api, am in none')
  return api
}
