import { expect } from 'chai'
import { readBody } from '../../../../src/engine/body.ts'
import type { CanvasMessage } from '../../../../src/engine/canvas/following.ts'
import { freeze, type Frozen, type NewId } from '../../../../src/engine/canvas/freeze.ts'
import { SendPlan, type Front, type SendContext } from '../../../../src/engine/canvas/send-plan.ts'
import type { AnySignature } from '../../../../src/engine/canvas/signature.ts'
import { decodeMessage } from '../../../../src/engine/message.ts'
import { readJson } from '../golden-messages.ts'

export const now = 1_800_000_000_000

export const context: SendContext = {
  parentId: null,
  rootId: null,
  now,
  defaultQueue: 'celery',
  origin: '1@host',
  maskOf: () => undefined,
}

/** Gives id-1, id-2, ... */
export function numbered(): NewId {
  let count = 0
  return () => `id-${(count += 1)}`
}

/** What is sent for a signature. */
export function planOf(signature: AnySignature, change: Partial<SendContext> = {}, front?: Front): SendPlan & Frozen {
  const frozen = freeze(signature.wire, numbered())
  const plan = new SendPlan({ ...context, ...change })
  plan.add(frozen.signature, front)
  return Object.assign(plan, frozen)
}

/** A message as its reader finds it; with a chord's results put into it as the script does. */
export function read(message: CanvasMessage | undefined, results = '[]') {
  if (message === undefined) return expect.fail('there is no such message')
  const { text } = message
  const escaped = JSON.stringify(results).slice(1, -1)
  const whole = typeof text === 'string' ? text : `${text[0]}${escaped}${text[1]}`
  const { headers, properties } = readJson(whole)
  const decoded = decodeMessage(Buffer.from(whole))
  return { ...decoded, ...readBody(decoded), headers, properties }
}
