import type { AsideNote } from '../broker/broker.ts'
import type { TaskMessage } from '../message.ts'

/** A reason holds an error's text, which may be as long as it likes. */
const maxReasonLength = 1_000

/** The note of a message that is set aside. What may not run any more may not lie around either. */
export function asideNote(
  kind: AsideNote['kind'],
  reason: string,
  message: (Pick<TaskMessage, 'id' | 'name'> & Partial<Pick<TaskMessage, 'expires'>>) | null,
): AsideNote {
  const noted = {
    kind,
    reason: reason.slice(0, maxReasonLength),
    taskId: message?.id ?? null,
    taskName: message?.name ?? null,
  }
  const expires = message?.expires ?? null
  return expires === null ? noted : { ...noted, keepUntil: expires }
}
