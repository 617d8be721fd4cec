import { readFileSync } from 'node:fs'

/** Lua: counts in `claimed` the messages that any process has claimed and that have not ended. */
export const countsClaimed = readFileSync(new URL('./claimed.lua', import.meta.url), 'utf8')
