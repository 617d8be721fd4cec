import type { Outcome } from '../outcome.ts'

/**
 * What becomes of a message after a run.
 *
 * `succeed` and `fail` end it. A durable retry (the same id on the queue again, later) would be a third kind: it is
 * decided here, from the outcome and the message's `retries`, and carried out by the executor.
 */
export type Decision =
  | { readonly kind: 'succeed' }
  | { readonly kind: 'fail'; readonly deadLetter: boolean }
  | { readonly kind: 'unreadable' }

/** Decides what becomes of a message. Pure. */
export function decide(outcome: Outcome): Decision {
  switch (outcome.kind) {
    case 'success':
      return { kind: 'succeed' }
    case 'unreadable':
      return { kind: 'unreadable' }
    case 'failure':
      return { kind: 'fail', deadLetter: outcome.deadLetter }
    case 'transient':
    case 'lost':
      return { kind: 'fail', deadLetter: true }
  }
}
