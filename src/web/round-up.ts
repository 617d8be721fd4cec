/** Up to 99 seconds in seconds, then in whole minutes or hours, rounded up: a spent daily budget lasts hours. */
export function roundUp(seconds: number): { count: number; unit: 'second' | 'minute' | 'hour' } {
  if (seconds < 100) return { count: seconds, unit: 'second' }
  if (seconds < 6000) return { count: Math.ceil(seconds / 60), unit: 'minute' }
  return { count: Math.ceil(seconds / 3600), unit: 'hour' }
}
