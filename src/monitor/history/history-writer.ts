import type { Inspector, Look, TallySnapshot } from '../../engine/inspector.ts'
import { coarse, fine, type HistoryStore, type Resolution, type WrittenStep } from './history-store.ts'
import { stepText } from './step-text.ts'
import { addLater, addTasks, emptyStep, tasksBetween, type QueueStep, type Step, type TaskStep } from './step.ts'

/** How often is looked how many tasks run, in milliseconds. */
const sampleMs = 1_000

/** A step is written so long after its end, in milliseconds: timers may be a little early. */
const behindMs = 50

/** Steps that could not be written wait, so many at most: for ten minutes, while Redis is away. */
const mostWaiting = 70

/** What it works with. */
export interface HistoryWriterOptions {
  readonly inspector: Pick<Inspector, 'epoch' | 'now' | 'tally' | 'running' | 'look'>
  readonly store: Pick<HistoryStore, 'write'>
  /** How long minutes are kept, in hours. */
  readonly hours: number
  readonly logger: { warn(fields: object, message: string): void }
}

/** A step that goes on, or waits to be written. */
interface OpenStep {
  readonly resolution: Resolution
  readonly number: number
  readonly step: Step
  /** Whether Redis has it as it is. */
  isWritten: boolean
}

/**
 * Writes how it goes in this process, every ten seconds, whoever looks on: what became of its tasks, as differences of counts that only
 * grow, and what there is on its queues.
 *
 * 1. At the end of each ten seconds the difference goes into the step that is over, and into the minute that it is in. Both are written;
 *    the minute as far as it has come, so that a process that dies takes ten seconds with it, not a minute.
 * 2. What could not be written is written with the next.
 * 3. stop: what there is since the last time.
 */
export class HistoryWriter {
  readonly #options: HistoryWriterOptions
  readonly #resolutions: readonly Resolution[]
  #before: TallySnapshot
  /** As of the last time that Redis took what there was. */
  #written: TallySnapshot
  #writes = 0
  #beforeAt: number
  #samples = { count: 0, sum: 0 }
  #open: OpenStep[] = []
  #unwritten: OpenStep[] = []
  #writing: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #sampler: NodeJS.Timeout | undefined
  #left = 0

  constructor(options: HistoryWriterOptions) {
    this.#options = options
    this.#resolutions = [fine, coarse(options.hours)]
    this.#before = options.inspector.tally
    this.#written = this.#before
    this.#beforeAt = options.inspector.now()
  }

  /** What could not be kept because too many processes write. */
  get left(): number {
    return this.#left
  }

  /** How often Redis has taken what there was. */
  get writes(): number {
    return this.#writes
  }

  start(): void {
    this.#beforeAt = this.#options.inspector.now()
    this.#sampler = setInterval(() => this.#sample(), sampleMs).unref()
    this.#later()
  }

  /** What became of tasks here that Redis does not have yet. */
  get pending(): Map<string, TaskStep> {
    return tasksBetween(this.#written, this.#options.inspector.tally)
  }

  /** Writes what there is now. Never rejects: where Redis is away it waits for the next time. */
  write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#turn())
    return this.#writing
  }

  /** Nothing is written where it was not started. */
  async stop(): Promise<void> {
    if (this.#sampler === undefined) return
    clearTimeout(this.#timer)
    clearInterval(this.#sampler)
    await this.write()
  }

  #later(): void {
    const { stepMs } = fine
    const untilEnd = stepMs - (this.#options.inspector.now() % stepMs)
    this.#timer = setTimeout(() => {
      void this.write()
      this.#later()
    }, untilEnd + behindMs).unref()
  }

  #sample(): void {
    this.#samples.count += 1
    this.#samples.sum += this.#options.inspector.running.length
  }

  async #turn(): Promise<void> {
    const { inspector, store, logger } = this.#options
    const look = await inspector.look().catch(() => null)
    this.#note(look)
    const noted = this.#before
    const steps = [...this.#unwritten, ...this.#open].filter(({ isWritten }) => !isWritten)
    try {
      const left = await store.write(steps.map(writtenStep), inspector.epoch)
      if (left > 0 && this.#left === 0)
        logger.warn({ left }, 'history: too many processes; steps of this one are left out')
      this.#left += left
      this.#unwritten = []
      for (const step of steps) step.isWritten = true
      this.#written = noted
      this.#writes += 1
    } catch {
      // The worker tells that Redis is away.
    }
  }

  /** Adds what there was since the last time to the steps that it belongs to. */
  #note(look: Look | null): void {
    const { inspector } = this.#options
    const [tally, now] = [inspector.tally, inspector.now()]
    const ms = Math.max(now - this.#beforeAt, 0)
    const later = { ...emptyStep(), ms, running: this.#running(), processes: 1, queues: queuesOf(look) }
    addTasks(later.tasks, tasksBetween(this.#before, tally))
    // Where it was for the most of the time: the end of a step is met from the one side or the other.
    const middle = now - ms / 2
    for (const resolution of this.#resolutions) this.#add(resolution, Math.floor(middle / resolution.stepMs), later)
    this.#before = tally
    this.#beforeAt = now
  }

  #add(resolution: Resolution, number: number, later: Step): void {
    const known = this.#open.find((open) => open.resolution === resolution)
    if (known?.number === number) {
      addLater(known.step, later)
      known.isWritten = false
      return
    }
    const step = emptyStep()
    addLater(step, later)
    if (known?.isWritten === false) this.#unwritten = [...this.#unwritten, known].slice(-mostWaiting)
    const next = { resolution, number, step, isWritten: false }
    this.#open = known === undefined ? [...this.#open, next] : this.#open.map((open) => (open === known ? next : open))
  }

  #running(): number {
    const { count, sum } = this.#samples
    this.#samples = { count: 0, sum: 0 }
    return count === 0 ? this.#options.inspector.running.length : sum / count
  }
}

function writtenStep({ resolution, number, step }: OpenStep): WrittenStep {
  return { resolution, number, text: stepText(step) }
}

function queuesOf(look: Look | null): Map<string, QueueStep> {
  const queues = look?.queues ?? []
  return new Map(
    queues.map(({ name, byPriority, limited, scheduled, retrying, dead, oldestAge }) => {
      const waiting = byPriority.reduce((sum, length) => sum + length, limited)
      return [name, { waiting, scheduled, retrying, dead, oldestAge }]
    }),
  )
}
