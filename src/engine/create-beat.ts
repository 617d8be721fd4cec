import type { Redis } from 'ioredis'
import { Beat } from './beat/beat.ts'
import type { GivenEntries } from './beat/entry.ts'
import { readEntries } from './beat/read-entries.ts'
import { TickMessages } from './beat/tick-messages.ts'
import type { MissedPolicy } from './beat/tick-plan.ts'
import { RedisEventChannel } from './broker/event-channel.ts'
import { BrokerKeys } from './broker/keys.ts'
import { QueueAge } from './broker/queue-age.ts'
import { RedisBeat } from './broker/redis-beat.ts'
import { RedisClock } from './broker/redis-clock.ts'
import { LamportClock } from './lamport-clock.ts'
import type { Logger } from './logger.ts'
import { SentEvents } from './sent-events.ts'
import type { TaskDefinition } from './task.ts'
import type { Tracer } from './tracer.ts'
import { BrokerHealth } from './worker/broker-health.ts'

/** Periodic tasks, and what holds for all of them. */
export interface BeatSettings {
  readonly schedule: GivenEntries
  /** For crontabs that name no time zone. */
  readonly timezone: string
  /** What becomes of ticks that nobody sent in time, for entries that do not say. */
  readonly missed: MissedPolicy
  /** A tick that is late by more counts as missed, in milliseconds. */
  readonly lateMs: number
  /** Most missed ticks of an entry that are sent at once. */
  readonly maxMissed: number
}

/** What a scheduler alone is made of. */
export interface CreateBeatOptions {
  /** The broker; closed by whoever opened it. */
  readonly redis: Redis
  /** In front of all keys of the broker. */
  readonly keyPrefix?: string
  /** Name of this node. */
  readonly node: string
  readonly settings: BeatSettings
  /** For entries that name no queue. */
  readonly defaultQueue: string
  /** The tasks that this process knows. */
  readonly tasks: ReadonlyMap<string, TaskDefinition>
  /** Most messages on a queue, and the greatest age of its oldest one; null: no bound. */
  readonly limits: { readonly maxQueueLength: number | null; readonly maxQueueAgeMs: number | null }
  /** Whether monitors are told of each task that is sent. */
  readonly sentEvents: boolean
  /** Told what is sent, from `openTracer`; null or absent: nobody is. */
  readonly tracer?: Tracer | null
  readonly logger: Logger
}

/** What a scheduler needs of the process that it is in. */
interface Parts extends Omit<CreateBeatOptions, 'keyPrefix' | 'sentEvents'> {
  readonly keys: BrokerKeys
  readonly clock: RedisClock
  readonly sent: Pick<SentEvents, 'sent'> | null
  /** Told when messages are on their way to a list. */
  readonly onSending: () => void
}

/**
 * A scheduler without a worker: `start` and `stop` it.
 *
 * @throws EngineError OPTION_INVALID, ARGUMENT_INVALID for an entry that can't be
 */
export function createBeat(options: CreateBeatOptions): Beat {
  const { redis, node, logger } = options
  const keys = new BrokerKeys(options.keyPrefix)
  const channel = new RedisEventChannel({ redis, keys })
  const hostname = `gen${process.pid}@${node}`
  const sent = options.sentEvents ? new SentEvents({ channel, clock: new LamportClock(), hostname, logger }) : null
  return assembleBeat({ ...options, keys, clock: new RedisClock(), sent, onSending: () => {} })
}

/** The same, within a process that has these parts already. */
export function assembleBeat(parts: Parts): Beat {
  const { redis, keys, clock, node, settings, defaultQueue, tasks, limits, sent, onSending, logger } = parts
  const { tracer = null } = parts
  const entries = readEntries(settings.schedule, settings)
  for (const { name, call } of entries) {
    if (tasks.has(call.task)) continue
    logger.warn(
      { entry: name, task: call.task },
      'a periodic task is not known to this process: another one must run it',
    )
  }
  const { maxQueueLength: maxLength, maxQueueAgeMs: maxMs } = limits
  const age = maxMs === null ? null : new QueueAge({ redis, keys, maxMs })
  const origin = `${process.pid}@${node}`
  const messages = new TickMessages({ defaultQueue, origin, seed: keys.beat(''), tasks, tracer })
  return new Beat({
    entries,
    store: new RedisBeat({ redis, keys, clock, maxLength, age, onSending }),
    messages,
    rules: settings,
    health: new BrokerHealth({ onBack: () => {}, logger, words }),
    onSent: (message) => {
      sent?.sent({ queue: message.queue, message: String(message.text) })
      messages.sent(message)
    },
    logger,
  })
}

const words = {
  away: 'the broker does not answer: sending no periodic tasks',
  back: 'the broker is back: sending periodic tasks again',
}
