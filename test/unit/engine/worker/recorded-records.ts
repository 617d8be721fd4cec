import { RunRecord } from '../../../../src/engine/worker/run-record.ts'
import { noRecords, type TaskRecords } from '../../../../src/engine/worker/task-recorder.ts'

/** Keeps what records of tasks are told: what happened, the task's id, and the rest. Off: nobody keeps any. */
export function recordedRecords(on: boolean): TaskRecords & { readonly kept: unknown[][] } {
  const kept: unknown[][] = []
  if (!on) return { ...noRecords, kept }
  return {
    kept,
    begun: (work) => {
      work.record = new RunRecord(work)
      kept.push(['begun', work.message.id])
    },
    wants: () => true,
    ended: ({ message }, ending) => void kept.push(['ended', message.id, ending]),
    said: ({ message }, state, meta) => void kept.push(['said', message.id, state, meta]),
    handedBack: ({ message }) => void kept.push(['handedBack', message.id]),
  }
}
