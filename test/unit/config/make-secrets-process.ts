/**
 * A process of its own that gets its secrets when told to, for the test of two that start at once. It says `ready`,
 * waits for the data folder, and answers with the secrets.
 */
import { keepSecrets } from '../../../src/config/secrets.ts'

process.once('message', (dataDir: string) => {
  process.send?.(keepSecrets(dataDir).secrets)
  process.disconnect()
})
process.send?.('ready')
