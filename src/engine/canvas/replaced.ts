import type { WireSignature } from './wire-signature.ts'

/** Thrown out of a task that something else is to take the place of. */
export class Replaced extends Error {
  readonly signature: WireSignature

  /** @param signature with ids; its last task has that of the task */
  constructor(signature: WireSignature) {
    super('replaced by another signature')
    this.name = 'Replaced'
    this.signature = signature
  }
}
