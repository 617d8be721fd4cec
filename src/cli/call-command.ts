import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { text } from 'node:stream/consumers'
import type { Redis } from 'ioredis'
import { loadPlaces, type Places } from '../config/load-places.ts'
import { RedisEventChannel } from '../engine/broker/event-channel.ts'
import { BrokerKeys } from '../engine/broker/keys.ts'
import { QueueAge } from '../engine/broker/queue-age.ts'
import { RedisClock } from '../engine/broker/redis-clock.ts'
import { RedisSender } from '../engine/broker/redis-sender.ts'
import { writeCanvasMessage } from '../engine/canvas/canvas-message.ts'
import { LamportClock } from '../engine/lamport-clock.ts'
import { maxNameLength } from '../engine/message.ts'
import { checkQueueName } from '../engine/queues.ts'
import { SentEvents } from '../engine/sent-events.ts'
import { readArgs, readKwargs, type Expiry } from './call-values.ts'
import { CommandError } from './command-error.ts'
import { withRedis } from './command-redis.ts'
import { openResults, printFrom, type ResultOptions } from './result-command.ts'
import { printableJson } from './terminal-text.ts'

const keys = new BrokerKeys()

/** What is sent, as it was typed. */
export interface CallOptions extends Omit<ResultOptions, 'traceback'> {
  readonly args?: string
  readonly kwargs?: string
  /** Unix milliseconds. */
  readonly eta?: number
  /** Seconds. */
  readonly countdown?: number
  readonly expires?: Expiry
  readonly queue?: string
  readonly priority?: number
  readonly taskId?: string
}

/**
 * `lovage call`: sends a task by its name, and prints its id; or waits for what it gives. Nothing of its arguments is printed or
 * logged, and tools do not show them either: whether they may be seen is known where the task is.
 *
 * @throws CommandError, EngineError, RedisSetupError
 */
export async function callTask(name: string, options: CallOptions): Promise<void> {
  const { broker, resultBackend, dataDir, taskId = randomUUID() } = options
  checkName('the name of the task', name)
  checkName('--task-id', taskId)
  if (options.queue !== undefined) checkQueueName(options.queue)
  if (options.args === '-' && options.kwargs === '-') {
    throw new CommandError('expected one of --args and --kwargs from standard input, came both', { exit: 'usage' })
  }
  const args = readArgs(await textOf(options.args, '[]'))
  const kwargs = readKwargs(await textOf(options.kwargs, '{}'))
  const places = await loadPlaces({ env: process.env, flags: { broker, resultBackend, dataDir } })
  const users = options.wait === true ? (['broker', 'results'] as const) : (['broker'] as const)
  await withRedis(places, users, async (redis) => {
    const results = options.wait === true ? await openResults(redis) : null
    await send(await redis.connect('broker'), places, { name, taskId, args, kwargs, options })
    if (results !== null) return printFrom(results, taskId, options)
    process.stdout.write(`${options.json === true ? printableJson({ id: taskId }) : taskId}\n`)
  })
}

function checkName(what: string, given: string): void {
  if (given !== '' && given.length <= maxNameLength) return
  throw new CommandError(`${what}: expected 1 to ${maxNameLength} characters, came ${given.length}`, { exit: 'usage' })
}

async function textOf(given: string | undefined, otherwise: string): Promise<string> {
  return given === '-' ? text(process.stdin) : (given ?? otherwise)
}

interface Call {
  readonly name: string
  readonly taskId: string
  readonly args: ReturnType<typeof readArgs>
  readonly kwargs: ReturnType<typeof readKwargs>
  readonly options: CallOptions
}

/** On the queue's list, also what is due later: there a Celery worker finds it, too. */
async function send(redis: Redis, { queue: bounds, worker, events }: Places, call: Call): Promise<void> {
  const { name, taskId, args, kwargs, options } = call
  const clock = new RedisClock()
  const [seconds, microseconds] = await redis.time()
  clock.observe(Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000))
  const { maxLength, maxAgeSeconds, enqueueTimeoutMs: timeoutMs } = bounds
  const age = maxAgeSeconds === null ? null : new QueueAge({ redis, keys, maxMs: maxAgeSeconds * 1000 })
  // Nobody works anything off here.
  const none = { rate: () => 0, schedules: () => false, direct: null }
  const sender = new RedisSender({ redis, keys, clock, timeoutMs, maxLength, age, ...none })
  const { queue = worker.queues[0] ?? 'celery', priority = 0, countdown, expires } = options
  const now = sender.now()
  const node = hostname()
  const message = writeCanvasMessage({
    name,
    id: taskId,
    queue,
    takesResults: false,
    args,
    kwargs,
    embed: { callbacks: [], errbacks: [], chain: [], chord: null },
    argsRepr: args.length === 0 ? '()' : '(...)',
    kwargsRepr: Object.keys(kwargs).length === 0 ? '{}' : '{...}',
    origin: `${process.pid}@${node}`,
    ignoreResult: false,
    headers: {},
    rootId: taskId,
    parentId: null,
    groupId: null,
    groupIndex: null,
    eta: countdown === undefined ? (options.eta ?? null) : now + countdown * 1000,
    expires: expires?.seconds === undefined ? (expires?.at ?? null) : now + expires.seconds * 1000,
    timeLimit: null,
    softTimeLimit: null,
    priority,
    sentAt: now,
  }) as string
  await sender.enqueue({ queue, taskId, priority, message })
  if (!events.sent) return
  const channel = new RedisEventChannel({ redis, keys })
  const logger = { debug() {}, info() {}, warn() {}, error() {} }
  const telling = { channel, clock: new LamportClock(), logger, hostname: `gen${process.pid}@${node}` }
  await new SentEvents(telling).publish({ queue, message })
}
