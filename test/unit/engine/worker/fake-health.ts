/** What a worker's parts told of the broker. */
export interface FakeHealth {
  /** `answered`, or what failed. */
  readonly told: unknown[]
  answered(): void
  failed(what: string, error: unknown): boolean
}

export function fakeHealth(): FakeHealth {
  const told: unknown[] = []
  return { told, answered: () => void told.push('answered'), failed: (_what, error) => told.push(error) > 0 }
}
