import Joi from 'joi'

/** A proof as a client sends it: the challenge as it came, and what solves it. */
export interface Proof {
  challenge: {
    parameters: {
      algorithm: string
      nonce: string
      salt: string
      cost: number
      keyLength: number
      keyPrefix: string
      keySignature: string
      expiresAt: number
      data: { maxNumber: number }
    }
    signature: string
  }
  solution: { counter: number; derivedKey: string }
}

/** Longest text of a proof; ours have some 800 characters. */
export const PROOF_MAX_LENGTH = 2_048

const hex = Joi.string().pattern(/^[0-9a-f]{2,128}$/)
const count = Joi.number().strict().integer().min(0).max(Number.MAX_SAFE_INTEGER)

/** All that is signed must be there: a challenge without an expiry, say, is none of ours. */
const PROOF = Joi.object<Proof>({
  challenge: Joi.object({
    parameters: Joi.object({
      algorithm: Joi.valid('SHA-256'),
      nonce: hex,
      salt: hex,
      cost: count,
      keyLength: count,
      keyPrefix: hex,
      keySignature: hex,
      expiresAt: count,
      data: Joi.object({ maxNumber: count }),
    }),
    signature: hex,
  }),
  solution: Joi.object({ counter: count, derivedKey: hex, time: Joi.number().optional() }),
}).prefs({ presence: 'required' })

/** Reads a proof from base64 of JSON, which is how ALTCHA's own programs send it. @returns null for anything else */
export function readProof(text: string): Proof | null {
  if (text.length > PROOF_MAX_LENGTH) return null
  let given: unknown
  try {
    given = JSON.parse(Buffer.from(text, 'base64').toString('utf8'))
  } catch {
    return null
  }
  const { value, error } = PROOF.validate(given)
  return error === undefined ? value : null
}
