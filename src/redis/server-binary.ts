import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { errorText, RedisSetupError } from './errors.ts'

/** A server program that is recent enough. */
export interface ServerBinary {
  readonly path: string
  /** Such as 7.0.15. */
  readonly version: string
}

/** Oldest server, for its commands GETDEL and LMOVE. Valkey counts on from Redis 7.2. */
const oldest = { major: 6, minor: 2 }

const run = promisify(execFile)

/**
 * Finds the server program: the given one, else `redis-server` or `valkey-server` from PATH, the first that is recent enough.
 *
 * @param command name of a program in PATH, or a path
 * @throws RedisSetupError NO_SERVER, which says what was found
 */
export async function findServerBinary(command?: string): Promise<ServerBinary> {
  const names = command === undefined ? ['redis-server', 'valkey-server'] : [command]
  const found: string[] = []
  for (const name of names) {
    const path = await findProgram(name)
    if (path === null) {
      found.push(`${name} was not found`)
      continue
    }
    const version = await readVersion(path)
    if (typeof version === 'string') return { path, version }
    found.push(version.problem)
  }
  throw new RedisSetupError(
    'NO_SERVER',
    `the embedded Redis needs redis-server or valkey-server, version ${oldest.major}.${oldest.minor} or newer: ` +
      `${found.join('; ')}. Install one (Debian, Ubuntu: apt install redis-server; macOS: brew install redis), or set ` +
      'REDIS_URL to the address of a Redis',
  )
}

async function findProgram(name: string): Promise<string | null> {
  const folders = name.includes('/') ? [''] : (process.env['PATH'] ?? '').split(delimiter).filter((path) => path !== '')
  for (const folder of folders) {
    const path = resolve(join(folder, name))
    try {
      await access(path, constants.X_OK)
      return path
    } catch {
      // Not here; the next folder may have it.
    }
  }
  return null
}

/** @returns the version, or why the program can't be used */
async function readVersion(path: string): Promise<string | { problem: string }> {
  let output: string
  try {
    output = (await run(path, ['--version'], { timeout: 5000 })).stdout
  } catch (error) {
    return { problem: `${path} --version failed: ${errorText(error)}` }
  }
  // "Redis server v=7.0.15 sha=00000000:0 malloc=...", "Valkey server v=8.0.1 sha=..."
  const [, version, major, minor] = /\bv=((\d+)\.(\d+)\.\d+)/.exec(output) ?? []
  if (version === undefined) {
    return { problem: `${path} --version does not name a version, but says ${JSON.stringify(output.slice(0, 100))}` }
  }
  const age = Number(major) - oldest.major || Number(minor) - oldest.minor
  return age >= 0 ? version : { problem: `${path} is version ${version}` }
}
