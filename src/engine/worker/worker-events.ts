import { loadavg, type as systemType } from 'node:os'
import type { Claim } from '../broker/broker.ts'
import { membersOf, type EventFields } from '../event-message.ts'
import { EventPublisher, type EventPublisherOptions } from '../event-publisher.ts'
import { jsonText } from '../json-text.ts'
import type { TaskMessage } from '../message.ts'
import type { TaskFailure } from '../outcome.ts'
import { cutAt, pythonRepr } from '../python-repr.ts'
import type { TaskDefinition } from '../task.ts'
import { isoFromMs, type Json } from '../wire-value.ts'
import { visibleArguments, visibleResult } from './masked-arguments.ts'
import type { Revocation, TaskEvents } from './task-events.ts'

/** How often a worker says that it is there, in seconds: Celery's own frequency. A monitor gives it up after twice as long. */
const beatSeconds = 2

/** Longest texts of an event, in characters. */
const longest = { result: 256, exception: 1_024, traceback: 8_192 }

/** What it works with. */
export interface WorkerEventsOptions extends Omit<EventPublisherOptions, 'hostname' | 'group'> {
  /** Whether it begins with telling of tasks (`-E`); remote control can switch that. */
  readonly tasks: boolean
  /** The program's version. */
  readonly version: string
}

/** What a worker has to do, and has done. */
export interface WorkCounts {
  /** How many tasks run now. */
  readonly active: number
  /** How many tasks have been started. */
  readonly processed: number
}

/**
 * What a worker tells of its own accord, for Celery's monitors (celery.worker.heartbeat, celery.worker.request).
 *
 * 1. start: `worker-online`, and from then on a heartbeat every 2 s. The main thread sends it, so it goes on while tasks compute in
 *    their threads.
 * 2. Where task events are on, what becomes of each task.
 * 3. stop: what was gathered, then `worker-offline`. Nothing is told after that.
 */
export class WorkerEvents implements TaskEvents {
  readonly #options: WorkerEventsOptions
  #on: boolean
  #publisher: EventPublisher | null = null
  #counts = (): WorkCounts => ({ active: 0, processed: 0 })
  #timer: NodeJS.Timeout | undefined

  constructor(options: WorkerEventsOptions) {
    this.#options = options
    this.#on = options.tasks
  }

  get on(): boolean {
    return this.#on
  }

  /** @param node the worker's name @param counts asked at each heartbeat */
  start(node: string, counts: () => WorkCounts): void {
    const { channel, clock, logger } = this.#options
    this.#counts = counts
    this.#publisher = new EventPublisher({ channel, clock, hostname: node, group: 'task.multi', logger })
    this.#tellOfWorker('worker-online')
    this.#beatLater()
  }

  /** Says now that the worker is there. */
  beat(): void {
    this.#tellOfWorker('worker-heartbeat')
  }

  /** @returns whether task events were off */
  enable(): boolean {
    return this.#turn(true)
  }

  /** @returns whether task events were on */
  disable(): boolean {
    return this.#turn(false)
  }

  /** Never rejects: where the broker is away, monitors find out by themselves. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    const publisher = this.#publisher
    this.#publisher = null
    publisher?.flush()
    await publisher?.publish('worker-offline', this.#ofWorker())
  }

  received({ raw }: Claim, message: TaskMessage, task: TaskDefinition): void {
    const { id, name, rootId, parentId, retries, eta, expires } = message
    const { args, kwargs } = visibleArguments(raw, message, task)
    const shown = `"args":${jsonText(args)},"kwargs":${jsonText(kwargs)}`
    const family = `"root_id":${jsonText(rootId)},"parent_id":${parentId === null ? null : jsonText(parentId)}`
    const times = `"retries":${retries},"eta":${timeOrNull(eta)},"expires":${timeOrNull(expires)}`
    this.#gather('task-received', `"uuid":${jsonText(id)},"name":${jsonText(name)},${shown},${family},${times}`)
  }

  started({ id }: TaskMessage): void {
    this.#gather('task-started', `"uuid":${jsonText(id)}`)
  }

  succeeded(message: TaskMessage, task: TaskDefinition, result: Json, runtimeMs: number): void {
    const shown = jsonText(visibleResult(message, task, result, longest.result))
    this.#gather('task-succeeded', `"uuid":${jsonText(message.id)},"result":${shown},"runtime":${runtimeMs / 1000}`)
  }

  failed({ id }: TaskMessage, error: TaskFailure): void {
    this.#gather('task-failed', membersOf({ uuid: id, ...ofFailure(error) }))
  }

  retried({ id }: TaskMessage, error: TaskFailure): void {
    this.#gather('task-retried', membersOf({ uuid: id, ...ofFailure(error) }))
  }

  revoked({ id }: TaskMessage, how: Revocation): void {
    const terminated = how === 'terminated'
    // A thread is ended without a signal.
    this.#gather('task-revoked', membersOf({ uuid: id, terminated, signum: null, expired: how === 'expired' }))
  }

  rejected({ id }: TaskMessage, requeue: boolean): void {
    this.#gather('task-rejected', membersOf({ uuid: id, requeue }))
  }

  #gather(type: string, members: string): void {
    this.#publisher?.gather(type, members)
  }

  #turn(on: boolean): boolean {
    if (this.#on === on) return false
    this.#on = on
    this.#options.logger.info({}, `task events switched ${on ? 'on' : 'off'} by remote control`)
    return true
  }

  #beatLater(): void {
    this.#timer = setTimeout(() => {
      this.beat()
      this.#beatLater()
    }, beatSeconds * 1000).unref()
  }

  #tellOfWorker(type: 'worker-online' | 'worker-heartbeat'): void {
    void this.#publisher?.publish(type, this.#ofWorker())
  }

  #ofWorker(): string {
    const { active, processed } = this.#counts()
    return membersOf({
      freq: beatSeconds,
      active,
      processed,
      loadavg: loadavg().map((load) => Math.round(load * 100) / 100),
      sw_ident: 'lovage',
      sw_ver: this.#options.version,
      sw_sys: systemType(),
    })
  }
}

/** As Python prints an exception: `RangeError('too far')`. */
function ofFailure({ type, message, stack }: TaskFailure): EventFields {
  const exception = cutAt(`${type}(${pythonRepr(message)})`, longest.exception)
  return { exception, traceback: stack === null ? null : cutAt(stack, longest.traceback) }
}

function timeOrNull(milliseconds: number | null): string | null {
  return milliseconds === null ? null : `"${isoFromMs(milliseconds)}"`
}
