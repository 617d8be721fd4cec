import type { Redis } from 'ioredis'

/**
 * What a server does to keep what it has acknowledged, in a few words for people: `appendfsync always`,
 * `no append-only file`, or that it does not say (managed servers refuse CONFIG).
 */
export async function describeDurability(redis: Redis): Promise<string> {
  try {
    const settings = await redis.config('GET', 'append*')
    if (valueOf(settings, 'appendonly') !== 'yes')
      return 'no append-only file: what it acknowledged may be lost with it'
    return `appendfsync ${valueOf(settings, 'appendfsync') ?? 'unknown'}`
  } catch {
    return 'does not tell how it keeps data'
  }
}

/** CONFIG GET answers with a flat list: name, value, name, value. */
function valueOf(settings: readonly string[], name: string): string | undefined {
  const place = settings.indexOf(name)
  return place < 0 ? undefined : settings[place + 1]
}
