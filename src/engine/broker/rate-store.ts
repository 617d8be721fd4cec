/** How often a task may start. */
export interface StartRate {
  /** Microseconds from one start to the next; 0: as often as it likes. */
  readonly intervalUs: number
  /** How many may start at once after a time in which fewer started. */
  readonly burst: number
  /** Whose limit it is: this process's, or all processes'. */
  readonly scope: 'process' | 'global'
}

/** Rate limits, and the messages that wait for them. */
export interface RateStore {
  /**
   * Asks leave for one start of a task.
   *
   * @param key which of the task's limits; empty where it has one
   * @returns `true`: it may start now, and that is counted. `full`: too many keys are waited for. Else nobody need ask before that time
   */
  admit(queue: string, task: string, key: string, rate: StartRate): Promise<true | 'full' | number>
  /**
   * Moves what may start now to its lists.
   *
   * @param rateOf the rate of a task; null: as often as it likes; undefined: the task is not known here
   * @param isPaused whether a queue is: what waits there goes on waiting, or it would start all at once later
   * @returns how many, and how long it is until the next one, in milliseconds; null: none waits
   */
  release(
    rateOf: (task: string) => StartRate | null | undefined,
    isPaused: (queue: string) => boolean,
  ): Promise<{ moved: number; nextInMs: number | null }>
  /** How many messages of each task wait for its rate limit, on the queues that are served here. */
  waiting(): Promise<ReadonlyMap<string, number>>
  /** Sets a task's global rate, for all processes and for 30 days. */
  setRate(task: string, intervalUs: number): Promise<void>
}
