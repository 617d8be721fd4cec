import type { Challenge } from '../api.ts'
import { ownScriptUrl } from '../own-script-url.ts'
import type { ProofMessage } from './proof-worker.ts'
// oxlint-disable-next-line import/default -- Vite makes the module of this name: the worker's address
import proofWorkerUrl from './proof-worker.ts?worker&url'

/**
 * Solves a challenge in a thread of its own, so that the page stays usable.
 *
 * @param options.progress told how much of the most work is done, 0 to 1
 * @param options.signal ends the work
 * @returns the proof. @throws when it found none, the thread failed, or it was ended
 */
export async function makeProof(
  challenge: Challenge,
  options: { progress: (part: number) => void; signal: AbortSignal },
): Promise<string> {
  const { progress, signal } = options
  const worker = new Worker(ownScriptUrl(proofWorkerUrl), { type: 'module' })
  try {
    return await new Promise<string>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('the proof is not needed any more')))
      worker.addEventListener('error', (event) => reject(new Error(`the proof failed: ${event.message}`)))
      worker.addEventListener('message', ({ data }: MessageEvent<ProofMessage>) => {
        if ('tries' in data) progress(data.tries / challenge.parameters.data.maxNumber)
        else if (data.proof === null) reject(new Error('no proof was found'))
        else resolve(data.proof)
      })
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none; this is no window
      worker.postMessage(challenge)
    })
  } finally {
    worker.terminate()
  }
}
