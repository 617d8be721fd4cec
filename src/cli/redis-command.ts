import type { FlagValues } from '../config/flags-table.ts'
import { loadSettings } from '../config/load-settings.ts'
import { embeddedStatus, stopEmbedded } from '../redis/embedded-control.ts'
import { embeddedFolder } from './embedded-folder.ts'

/** `lovage redis status`: what is known of the embedded Redis, as JSON. Starts nothing. */
export async function redisStatus(flags: FlagValues): Promise<void> {
  const { settings } = loadSettings({ env: process.env, flags })
  process.stdout.write(`${JSON.stringify(await embeddedStatus(embeddedFolder(settings)), null, 2)}\n`)
}

/** `lovage redis stop`: stops the embedded Redis, whoever uses it; its data stays. */
export async function redisStop(flags: FlagValues): Promise<void> {
  const { settings } = loadSettings({ env: process.env, flags })
  const { stopped } = await stopEmbedded(embeddedFolder(settings))
  process.stdout.write(stopped ? 'stopped\n' : 'was not running\n')
}
