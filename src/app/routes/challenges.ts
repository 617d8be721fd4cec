import type { RouterMiddleware } from '@koa/router'
import type { Proofs } from '../captcha/proofs.ts'
import { answerOk } from '../answers.ts'
import type { DescribedRouter } from '../openapi/described-router.ts'
import { okAnswer, type RouteDescription } from '../openapi/route-description.ts'
import type { JsonSchema } from '../openapi/json-schema.ts'

/** Fields that are all there. */
function record(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties, required: Object.keys(properties) }
}

const HEX: JsonSchema = { type: 'string', pattern: '^[0-9a-f]+$' }

const MAKE_CHALLENGE: RouteDescription = {
  method: 'GET',
  path: '/captcha/challenge',
  operationId: 'makeChallenge',
  tag: 'captcha',
  summary: 'A new challenge for a proof of work, the captcha without a picture',
  details: `In the format of ALTCHA, version 2. Whoever solves it sends \`captcha_proof\`, the base64 of
\`{"challenge": ..., "solution": {"counter": ..., "derivedKey": ...}}\`, in place of a picture's fields.`,
  answer: okAnswer({
    challenge: record({
      parameters: record({
        algorithm: { type: 'string', const: 'SHA-256' },
        nonce: HEX,
        salt: HEX,
        cost: { type: 'integer', minimum: 1, description: 'How many hashes one try takes' },
        keyLength: { type: 'integer', minimum: 1, description: 'Bytes of the key' },
        keyPrefix: { ...HEX, description: 'How the key must begin' },
        keySignature: HEX,
        expiresAt: { type: 'integer', description: 'Until when it can be answered, in seconds since 1970' },
        data: record({ maxNumber: { type: 'integer', minimum: 2, description: 'Most tries that it takes' } }),
      }),
      signature: HEX,
    }),
  }),
  errors: ['TOO_MANY_REQUESTS'],
}

/** `GET /captcha/challenge`: a new challenge for a proof of work, the captcha without a picture. */
export function addChallengeRoutes(
  router: DescribedRouter,
  { proofs, budget }: { proofs: Proofs; budget: RouterMiddleware },
): void {
  router.add(MAKE_CHALLENGE, budget, async (ctx) => {
    const challenge = await proofs.challenge()
    ctx.set('Cache-Control', 'no-store')
    answerOk(ctx, { challenge })
  })
}
