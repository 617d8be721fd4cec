import type { Redis } from 'ioredis'

/**
 * What a server does to keep what it has acknowledged, in a few words for people: `appendfsync always`,
 * `no append-only file`, or that it does not say (managed servers refuse CONFIG).
 */
export async function describeDurability(redis: Redis): Promise<string> {
  try {
    const settings = await redis.config('GET', 'append*')
    const value = (name: string): string | undefined => {
      const list = settings as string[]
      const place = list.indexOf(name)
      return place < 0 ? undefined : list[place + 1]
    }
    if (value('appendonly') !== 'yes') return 'no append-only file: what it acknowledged may be lost with it'
    return `appendfsync ${value('appendfsync') ?? 'unknown'}`
  } catch {
    return 'does not tell how it keeps data'
  }
}
