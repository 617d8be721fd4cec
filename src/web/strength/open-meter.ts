import { ownScriptUrl } from '../own-script-url.ts'
import type { StrengthAnswer, StrengthQuestion } from './strength-worker.ts'
// oxlint-disable-next-line import/default -- Vite makes the module of this name: the worker's address
import strengthWorkerUrl from './strength-worker.ts?worker&url'
import { isWarning, type StrengthMeter } from './use-strength.ts'

/** How long the first answer may take, with the loading of some 200 kB over a slow network; in milliseconds. */
const LONGEST_MS = 30_000

/** Starts a thread that tells how strong passwords are. Its dictionaries are loaded with it, and not before. */
export function openMeter(): StrengthMeter {
  const worker = new Worker(ownScriptUrl(strengthWorkerUrl), { type: 'module' })
  let lastId = 0

  return {
    measure: (password, words) =>
      new Promise((resolve, reject) => {
        const id = ++lastId
        const ending = new AbortController()
        const { signal } = ending
        const timer = setTimeout(() => fail('no answer'), LONGEST_MS)
        worker.addEventListener('error', ({ message }) => fail(message), { signal })
        worker.addEventListener(
          'message',
          ({ data }: MessageEvent<StrengthAnswer>) => {
            if (data.id !== id) return
            end()
            resolve({ level: data.level, warning: isWarning(data.warning) ? data.warning : undefined })
          },
          { signal },
        )
        const question: StrengthQuestion = { id, password, words: [...words] }
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none; this is no window
        worker.postMessage(question)

        function end(): void {
          clearTimeout(timer)
          ending.abort()
        }
        function fail(reason: string): void {
          end()
          reject(new Error(`the strength of a password was not told: ${reason}`))
        }
      }),
    end: () => worker.terminate(),
  }
}
