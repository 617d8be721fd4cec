import type { StoredResult } from '../broker/broker.ts'

/** A message that is sent because a task has ended, or because somebody sent a signature. */
export interface CanvasMessage {
  readonly queue: string
  /** 0 to 9; 0 is served first. */
  readonly priority: number
  readonly taskId: string
  readonly taskName: string
  /** The message; or what of it stands before and after the results of a chord, which are put between as JSON within JSON. */
  readonly text: string | readonly [before: string, after: string]
}

/** A chord whose members are about to be sent. */
export interface NewChord {
  readonly groupId: string
  /** How many ends it waits for. */
  readonly size: number
  /** The group's result as JSON, where its members are not simply tasks: so the results are put in order. */
  readonly tree: string | null
}

/** What is sent. */
export interface Sending {
  readonly messages: readonly CanvasMessage[]
  readonly chords: readonly NewChord[]
}

/** A failure to store, without its error. */
export interface FailedResult {
  readonly key: string
  /** JSON in front of the error, and behind it. */
  readonly before: string
  readonly after: string
  readonly ttlSeconds: number
}

/** The end of one member of a chord. */
export interface ChordPart {
  readonly groupId: string
  /** Its place in the header; null: nobody knows. */
  readonly index: number | null
  readonly taskId: string
  /** `[1, id, state, result]` as JSON; null: it will not run, because of the failed chord that this is part of. */
  readonly part: string | null
  /** What is sent when all members have ended well. */
  readonly done: Sending
  /** What is done when all have ended, and one not well. */
  readonly failed: {
    readonly results: readonly FailedResult[]
    readonly messages: readonly CanvasMessage[]
    /** The chords that wait for this one. */
    readonly parts: readonly ChordPart[]
  }
}

/** What follows the end of a task. */
export interface Following extends Sending {
  /** Of tasks that will not run. */
  readonly results: readonly StoredResult[]
  /** The chords that wait for it. */
  readonly parts: readonly ChordPart[]
}
