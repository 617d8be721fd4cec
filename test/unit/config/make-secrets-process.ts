/**
 * A process of its own that gets its secrets when told to, for the test of several that start at once. It says `ready`,
 * and answers each data folder that it is sent with the secrets, or with the error, until it is ended.
 */
import { keepSecrets } from '../../../src/config/secrets.ts'

process.on('message', (dataDir: string) => {
  try {
    process.send?.(keepSecrets(dataDir).secrets)
  } catch (error) {
    process.send?.(String(error))
  }
})
process.send?.('ready')
