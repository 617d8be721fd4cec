import type { Broker } from '../broker/broker.ts'
import type { RecordChange, RecordStore } from '../broker/record-store.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { RecordLine, RecordState } from '../task-record.ts'
import { uniqueTag } from '../unique-tag.ts'
import type { Json } from '../wire-value.ts'
import { RunRecord, type Recorded, type RunEnding } from './run-record.ts'
import type { Work } from './work.ts'

/** How long what has become known waits for more that is written with it, in milliseconds. */
const gatherMs = 200

/** A task that takes so long is recorded however many there are, in milliseconds. */
export const longMs = 1_000

/** Most runs, and most lines of logs, that wait to be written; those of tasks that end while the broker is away. */
const mostHeld = 10_000

/** What a recorder works with. */
export interface TaskRecorderOptions {
  readonly store: RecordStore
  readonly broker: Pick<Broker, 'now'>
  /** Most tasks that are recorded in a second from their beginning, and as many again that went wrong or took long. */
  readonly perSecond: number
  readonly logger: Pick<Logger, 'debug' | 'error'>
}

/** A message on its way through the worker, with what its record is to say of this run. */
export type Recordable = Recorded & Pick<Work, 'record'>

/** One that runs. */
export type Running = Recordable & Pick<Work, 'known' | 'begunAt'>

/** Told what becomes of tasks, to keep it. */
export interface TaskRecords {
  /** It was handed to its pool. Where there are too many its run is not recorded, but counted. */
  begun(work: Running): void
  /** Whether the end of a run is to be told. */
  wants(work: Pick<Recordable, 'record'>, state: RecordState, runtimeMs: number): boolean
  /** It has ended, after that has been written. */
  ended(work: Recordable, ending: RunEnding): void
  /** What a running task says of itself. */
  said(work: Recordable, state: string, meta: Json): void
  /** Its message goes back to its queue, to be taken anew. */
  handedBack(work: Recordable): void
}

/** Lines that wait to be written, by the ids of their tasks. */
type Logs = Map<string, { readonly name: string; readonly lines: RecordLine[] }>

/** Keeps nothing. */
export const noRecords: TaskRecords = {
  begun: () => {},
  wants: () => false,
  ended: () => {},
  said: () => {},
  handedBack: () => {},
}

/**
 * Keeps records of tasks, in batches beside the work.
 *
 * 1. begun: while there is room in this second, a record of the run is begun; else it is only counted: at a high rate that is all that is paid
 *    for nearly every task that goes well.
 * 2. ended: of those without a record the ones that went wrong or took long get one now; those that run for long get one meanwhile.
 * 3. What has changed is written each 200 ms, of each run the newest alone. Where the broker is away it waits, up to a bound.
 * 4. stop: what is left is written.
 */
export class TaskRecorder implements TaskRecords {
  readonly #options: TaskRecorderOptions
  readonly #tag = uniqueTag()
  #node = ''
  #running: () => Iterable<Running> = () => []
  readonly #changed = new Set<RunRecord>()
  #lines: Logs = new Map()
  #lineCount = 0
  /** How many more may be recorded now: of all, and of those that went wrong or took long. */
  #left: number
  #lateLeft: number
  /** How many were not recorded, and that was not written yet. */
  #passed = 0
  #hasPassed = false
  #refilledAt = performance.now()
  #sweptAt = 0
  #timer: NodeJS.Timeout | null = null
  #writing: Promise<void> | null = null
  #stopped = false

  constructor(options: TaskRecorderOptions) {
    this.#options = options
    this.#left = options.perSecond
    this.#lateLeft = options.perSecond
  }

  /** @param node the worker's name @param running what runs now, asked once a second where not all were recorded */
  start(node: string, running: () => Iterable<Running>): void {
    this.#node = node
    this.#running = running
  }

  begun(work: Running): void {
    if (this.#left < 1) {
      this.#passed += 1
      this.#hasPassed = true
      return
    }
    this.#left -= 1
    this.#start(work, this.#begin(work))
  }

  wants({ record }: Pick<Recordable, 'record'>, state: RecordState, runtimeMs: number): boolean {
    if (record !== null) return true
    const isNotable = (state !== 'SUCCESS' && state !== 'IGNORED') || runtimeMs >= longMs
    return isNotable && this.#lateLeft >= 1
  }

  ended(work: Recordable, ending: RunEnding): void {
    // One that never ran was not counted either.
    if (work.record === null && ending.runtimeMs !== null) this.#passed -= 1
    const record = work.record ?? this.#beginLate(work)
    record.ended(ending, this.#options.broker.now())
    this.#note(record)
  }

  handedBack({ record }: Recordable): void {
    // It is counted when it is run the next time.
    if (record === null) return void (this.#passed -= 1)
    // What was not written yet need not be: whoever takes it next writes.
    if (record.isWritten) {
      record.handedBack()
      this.#note(record)
    } else this.#changed.delete(record)
  }

  said({ record }: Recordable, state: string, meta: Json): void {
    if (record === null || this.#stopped) return
    record.said(state, meta, this.#options.broker.now())
    this.#note(record)
  }

  /** A task has written a line into its log. It is kept where there is a record of the task. */
  logged(id: string, name: string, line: RecordLine): void {
    if (this.#stopped || this.#lineCount >= mostHeld) return
    const known = this.#lines.get(id)
    if (known === undefined) this.#lines.set(id, { name, lines: [line] })
    else known.lines.push(line)
    this.#lineCount += 1
    this.#arm()
  }

  /** Writes what is left. Never rejects. */
  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#writing
    await this.#write()
  }

  #begin(work: Recordable): RunRecord {
    const record = new RunRecord(work)
    work.record = record
    return record
  }

  #beginLate(work: Recordable): RunRecord {
    this.#lateLeft -= 1
    return this.#begin(work)
  }

  #start({ claim, known, begunAt }: Running, record: RunRecord): void {
    record.started(begunAt, () => known.pool.threadOf(claim.id))
    this.#note(record)
  }

  #note(record: RunRecord): void {
    if (this.#changed.has(record) || this.#changed.size < mostHeld) this.#changed.add(record)
    else this.#passed += 1
    this.#arm()
  }

  #arm(): void {
    if (this.#timer === null && !this.#stopped) this.#timer = setTimeout(() => this.#turn(), gatherMs).unref()
  }

  /** Looks after what is to be written, and what may be recorded from now on. */
  #turn(): void {
    this.#timer = null
    const now = performance.now()
    const { perSecond } = this.#options
    const more = (Math.min(now - this.#refilledAt, 1_000) / 1_000) * perSecond
    this.#refilledAt = now
    this.#left = Math.min(this.#left + more, perSecond)
    this.#lateLeft = Math.min(this.#lateLeft + more, perSecond)
    if (this.#hasPassed && now - this.#sweptAt >= longMs) this.#sweep(now)
    const isBusy = this.#writing !== null
    if (!isBusy) this.#writing = this.#write().finally(() => (this.#writing = null))
    if (isBusy || this.#left < perSecond || this.#lateLeft < perSecond || this.#hasPassed) this.#arm()
  }

  /** Those that run for long, and were not recorded when they came. */
  #sweep(now: number): void {
    this.#sweptAt = now
    this.#hasPassed = false
    const before = this.#options.broker.now() - longMs
    for (const work of this.#running()) {
      if (work.record !== null) continue
      if (work.begunAt <= before && this.#lateLeft >= 1) {
        this.#passed -= 1
        this.#start(work, this.#beginLate(work))
        continue
      }
      this.#hasPassed = true
    }
  }

  async #write(): Promise<void> {
    const records = [...this.#changed]
    const lines = this.#lines
    const passed = this.#passed
    if (records.length === 0 && lines.size === 0 && passed === 0) return
    this.#changed.clear()
    this.#lines = new Map()
    this.#lineCount = 0
    this.#passed = 0
    try {
      await this.#options.store.write([...this.#changesOf(records, lines)], passed)
    } catch (error) {
      this.#options.logger.debug({ error: messageOf(error) }, 'records of tasks could not be written; trying again')
      this.#passed += passed
      for (const record of records) this.#note(record)
      this.#takeBack(lines)
    }
  }

  /** Lines that could not be written stand in front of those that came meanwhile; of those that are too many the oldest are left out. */
  #takeBack(lines: Logs): void {
    for (const [id, { name, lines: old }] of lines) {
      const room = mostHeld - this.#lineCount
      if (room <= 0) break
      const kept = old.slice(-room)
      this.#lines.set(id, { name, lines: [...kept, ...(this.#lines.get(id)?.lines ?? [])] })
      this.#lineCount += kept.length
    }
    this.#arm()
  }

  /** null: a fault of ours, which must not keep the others from being written. */
  #changeOf(record: RunRecord): Omit<RecordChange, 'lines'> | null {
    try {
      return record.change(this.#tag, this.#node)
    } catch (error) {
      this.#options.logger.error(
        { taskId: record.id, error: messageOf(error) },
        'the record of a task could not be written',
      )
      return null
    }
  }

  *#changesOf(records: readonly RunRecord[], lines: Logs): Generator<RecordChange> {
    const logs = new Map(lines)
    for (const record of records) {
      // With the first change of its task: then there is a record.
      const log = logs.get(record.id)
      const change = this.#changeOf(record)
      if (change === null) continue
      logs.delete(record.id)
      yield { ...change, lines: log?.lines ?? [] }
    }
    for (const [id, { name, lines: rest }] of logs) yield { id, name, run: null, lines: rest }
  }
}
