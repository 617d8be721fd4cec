import { join } from 'node:path'
import type { ResolvedSettings } from '../config/settings-types.ts'

/** Where the embedded Redis keeps its data and its socket. */
export function embeddedFolder(settings: Pick<ResolvedSettings, 'dataDir'>): string {
  return join(settings.dataDir, 'redis')
}
