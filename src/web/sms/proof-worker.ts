import { sha256 } from '@noble/hashes/sha2.js'
import { solveChallenge } from 'altcha-lib'
import type { DeriveKeyFunction } from 'altcha-lib/types'
import type { Challenge } from '../api.ts'

/** What the worker tells the page: how many tries it has made, now and then; at last the proof, or `null` if it found none. */
export type ProofMessage = { tries: number } | { proof: string | null }

/** After so many tries the page is told. */
const TELL_AFTER = 250

let tries = 0

/**
 * ALTCHA's SHA-256, in plain JavaScript: the browser's `crypto.subtle` does not exist on plain HTTP, and for texts as short as
 * these it is slower, too.
 */
const deriveKey: DeriveKeyFunction = async ({ cost, keyLength }, salt, password) => {
  let key = new Uint8Array([...salt, ...password])
  for (let round = 0; round < cost; round++) key = new Uint8Array(sha256(key))
  tries += 1
  if (tries % TELL_AFTER === 0) tell({ tries })
  return { parameters: {}, derivedKey: key.slice(0, keyLength) }
}

addEventListener('message', (event: MessageEvent<Challenge>) => void work(event.data))

async function work(challenge: Challenge): Promise<void> {
  const solution = await solveChallenge({ challenge, deriveKey, timeout: 120_000 })
  tell({ proof: solution === null ? null : btoa(JSON.stringify({ challenge, solution })) })
}

function tell(message: ProofMessage): void {
  postMessage(message)
}
