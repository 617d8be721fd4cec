import { hkdfSync } from 'node:crypto'
import { createChallenge, randomInt, verifySolution } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/sha'
import type { Challenge } from 'altcha-lib/types'
import type { Redis } from 'ioredis'
import { AppError } from '../errors.ts'
import { readProof } from './proof-format.ts'
import type { CaptchaVerifier } from './verifier.ts'

const ALGORITHM = 'SHA-256'

/** What a proof costs whoever makes it. */
export interface ProofCost {
  /** How many hashes one try takes, at least 1. */
  cost: number
  /** Most tries that a proof takes, at least 2; the least is half of them. */
  maxNumber: number
}

export interface ProofOptions extends ProofCost {
  /** Secret that the challenges' keys are derived from. */
  secret: string
  /** How long a challenge can be answered. */
  ttlSeconds: number
}

/**
 * Proofs of work, the captcha for whoever can not see a picture, in ALTCHA's format (version 2, SHA-256).
 *
 * 1. `challenge` picks a number by chance and signs what it takes to find it: the number itself stays secret. Nothing is kept.
 * 2. The client tries all numbers until one gives a key that begins as the challenge says, and sends the whole key.
 * 3. `verify` checks signature, expiry and key, which takes two HMACs, and notes in Redis (`pow_<nonce>`) that it is used.
 */
export class Proofs implements CaptchaVerifier<string> {
  readonly #redis: Redis
  readonly #options: ProofOptions
  /** Keys of the HMACs over challenges, and over the keys that solve them. */
  readonly #keys: { hmacSignatureSecret: string; hmacKeySignatureSecret: string }

  constructor(redis: Redis, options: ProofOptions) {
    this.#redis = redis
    this.#options = options
    this.#keys = {
      hmacSignatureSecret: derive(options.secret, 'lovage captcha challenge'),
      hmacKeySignatureSecret: derive(options.secret, 'lovage captcha solution'),
    }
  }

  /** Makes a new challenge, signed. Its `data.maxNumber` tells how many tries it may take. */
  async challenge(): Promise<Challenge> {
    const { cost, maxNumber, ttlSeconds } = this.#options
    return createChallenge({
      algorithm: ALGORITHM,
      cost,
      // Never a small one: a client that gives up early would be lucky too often.
      counter: randomInt(maxNumber, Math.ceil(maxNumber / 2)),
      data: { maxNumber },
      expiresAt: new Date(Date.now() + ttlSeconds * 1000),
      deriveKey,
      ...this.#keys,
    })
  }

  /** @throws AppError CAPTCHA_PROOF_FORMAT, CAPTCHA_PROOF_WRONG, CAPTCHA_PROOF_EXPIRED; what Redis answered */
  async verify(text: string): Promise<void> {
    const proof = readProof(text)
    if (proof === null) throw new AppError('CAPTCHA_PROOF_FORMAT')
    const { cost, maxNumber, ttlSeconds } = this.#options
    const { parameters } = proof.challenge
    const result = await verifySolution({ ...proof, deriveKey, ...this.#keys })
    if (result.expired) throw new AppError('CAPTCHA_PROOF_EXPIRED')
    if (!result.verified) throw new AppError('CAPTCHA_PROOF_WRONG')
    // Signed by us, but when it cost something else.
    if (parameters.cost !== cost || parameters.data.maxNumber !== maxNumber) throw new AppError('CAPTCHA_PROOF_EXPIRED')
    // Twice as long as it is valid: the clocks of two processes may differ by that much before one takes what the other took.
    const first = await this.#redis.set(`pow_${parameters.nonce}`, '1', 'EX', 2 * ttlSeconds, 'NX')
    if (first === null) throw new AppError('CAPTCHA_PROOF_EXPIRED')
  }
}

function derive(secret: string, use: string): string {
  return Buffer.from(hkdfSync('sha256', secret, '', use, 32)).toString('hex')
}
