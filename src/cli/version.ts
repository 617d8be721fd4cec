import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { programRoot } from './program-root.ts'

/** The program's version, from package.json: beside `dist` when it is built, in the project else. */
export function version(): string {
  for (const folder of [programRoot, join(programRoot, '..')]) {
    try {
      const { name, version: found } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
        string,
        string
      >
      if (name === 'lovage' && found !== undefined) return found
    } catch {
      // Not in this folder.
    }
  }
  return 'unknown'
}
