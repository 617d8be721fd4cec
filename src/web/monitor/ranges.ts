/** How much time the charts show: what is asked of the server for it, and how often. */
export interface Range {
  readonly name: '15m' | '1h' | '6h' | '24h'
  readonly minutes: number
  readonly hours: number
  /** Seconds of one step. */
  readonly step: number
  /** Seconds between two questions. */
  readonly refresh: number
}

export const RANGES = [
  { name: '15m', minutes: 15, hours: 1, step: 10, refresh: 5 },
  { name: '1h', minutes: 60, hours: 1, step: 10, refresh: 10 },
  { name: '6h', minutes: 360, hours: 6, step: 60, refresh: 30 },
  { name: '24h', minutes: 1440, hours: 24, step: 240, refresh: 60 },
] as const satisfies readonly Range[]
