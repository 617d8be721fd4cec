import type { RecordLine, RecordState } from '../task-record.ts'

/** What has become known of one task since the last write. */
export interface RecordChange {
  readonly id: string
  readonly name: string
  /** null: only lines of its log. */
  readonly run: {
    /** Names the run among those of its task. */
    readonly key: string
    readonly receivedAt: number
    readonly state: RecordState
    /** As `writeRun` gives it. */
    readonly json: string
    /** As `writeFacts` gives it. */
    readonly facts: string
    readonly parentId: string | null
  } | null
  readonly lines: readonly RecordLine[]
}

/** Where workers keep records of tasks. */
export interface RecordStore {
  /**
   * Writes changes; one that is written twice is there once, but for lines of logs.
   *
   * @param passed how many tasks were not recorded
   * @throws what the broker's client throws: nobody knows which were written
   */
  write(changes: readonly RecordChange[], passed: number): Promise<void>
}
