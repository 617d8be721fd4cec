import { loadPlaces } from '../config/load-places.ts'
import { embeddedStatus, stopEmbedded } from '../redis/embedded-control.ts'
import { embeddedFolder } from './embedded-folder.ts'

/** Which one is meant, and how it is told of. */
export interface EmbeddedOptions {
  readonly dataDir?: string
  readonly json?: boolean
}

/** `lovage redis status`: what is known of the embedded Redis, as JSON. Starts nothing. */
export async function redisStatus({ dataDir }: EmbeddedOptions): Promise<void> {
  const places = await loadPlaces({ env: process.env, flags: { dataDir } })
  process.stdout.write(`${JSON.stringify(await embeddedStatus(embeddedFolder(places)), null, 2)}\n`)
}

/** `lovage redis stop`: stops the embedded Redis, whoever uses it; its data stays. */
export async function redisStop({ dataDir, json }: EmbeddedOptions): Promise<void> {
  const places = await loadPlaces({ env: process.env, flags: { dataDir } })
  const { stopped } = await stopEmbedded(embeddedFolder(places))
  if (json === true) process.stdout.write(`${JSON.stringify({ stopped })}\n`)
  else process.stdout.write(stopped ? 'stopped\n' : 'was not running\n')
}
