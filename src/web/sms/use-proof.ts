import { onScopeDispose, ref } from 'vue'
import type { Api, Challenge } from '../api.ts'

/** Solves a challenge: `makeProof`. */
export type MakeProof = (
  challenge: Challenge,
  options: { progress: (part: number) => void; signal: AbortSignal },
) => Promise<string>

export interface ProofOptions {
  api: Pick<Api, 'challenge'>
  make: MakeProof
  /** Told why there is no proof. */
  failed: (failure: unknown) => void
  now?: () => number
}

/** The server forgets a challenge after 300 s. A proof that is older than this would be too late when it is sent. */
const STALE_AFTER_MS = 240_000

/**
 * The captcha without a picture: this computer computes for a moment in its place.
 *
 * 1. `start` asks the server for a challenge and has it solved. Meanwhile `percent` tells how far it is.
 * 2. `proof` is there, to be sent in place of a picture's text. It is good for one request: `clear` puts all back.
 */
export function useProof({ api, make, failed, now = Date.now }: ProofOptions) {
  const proof = ref<string>()
  const working = ref(false)
  const percent = ref(0)
  let madeAt = 0
  let ending = new AbortController()
  onScopeDispose(() => ending.abort())

  async function start(): Promise<void> {
    if (working.value) return
    clear()
    working.value = true
    const { signal } = ending
    try {
      const begunAt = now()
      const challenge = await api.challenge()
      const progress = (part: number) => {
        if (!signal.aborted) percent.value = Math.min(99, Math.floor(part * 100))
      }
      const made = await make(challenge, { progress, signal })
      if (signal.aborted) return
      proof.value = made
      madeAt = begunAt
    } catch (failure) {
      if (!signal.aborted) failed(failure)
    } finally {
      if (!signal.aborted) working.value = false
    }
  }

  function clear(): void {
    ending.abort()
    ending = new AbortController()
    proof.value = undefined
    working.value = false
    percent.value = 0
  }

  /** The proof, unless there is none or it has grown old. */
  function take(): string | undefined {
    return now() - madeAt > STALE_AFTER_MS ? undefined : proof.value
  }

  return { proof, working, percent, start, clear, take }
}
