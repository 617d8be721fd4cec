import pRetry from 'p-retry'
import { boundArguments } from '../bind-arguments.ts'
import { readBody, type TaskBody } from '../body.ts'
import { builtinCall, builtinTasks } from '../builtin-tasks.ts'
import { EngineError, messageOf, PermanentError, SoftTimeLimitExceeded, TransientError } from '../errors.ts'
import { isWorthRetrying, outcomeOfError, type Outcome } from '../outcome.ts'
import type { TaskContext, TaskDefinition } from '../task.ts'
import type { Tracer } from '../tracer.ts'
import { toWire, type Json } from '../wire-value.ts'
import type { BatchedJob } from './batch.ts'
import type { Job, OnLog, OnState } from './pool.ts'
import { RunContext, sizeOf } from './run-context.ts'

/** No in-place try starts later than this after the first: longer waits belong to the queue. */
const maxRetryInPlaceMs = 5_000

/** How long a task may go on after its soft limit has told it to end, in milliseconds. */
const softLimitGraceMs = 200

/** What a job finds where it runs. */
export interface Surroundings {
  readonly tasks: ReadonlyMap<string, TaskDefinition>
  readonly settings: Readonly<Record<string, unknown>>
  /** Largest result, and largest state of a task's own, in bytes of JSON. */
  readonly maxResultBytes: number
  readonly onState: OnState
  readonly onLog: OnLog
  /** Told what runs; null: nobody is. */
  readonly tracer: Pick<Tracer, 'runs'> | null
}

/** What is known of a job where it runs. */
export type RunnableJob = BatchedJob & Pick<Job, 'memo'>

/**
 * Runs a task once, in place where it is called (a thread, or the main thread in the solo pool).
 *
 * Steps: read the body, bind the arguments, run the handler under its soft limit (with its in-place retries), turn the
 * returned value into JSON. Whatever happens, it comes back as an Outcome. Where it is traced all that is within its span.
 */
export function runJob(surroundings: Surroundings, job: RunnableJob): Promise<Outcome> {
  const { tracer } = surroundings
  if (tracer === null || job.trace === undefined) return runUntraced(surroundings, job)
  const { id, name, retries, trace } = job
  const masked = surroundings.tasks.get(name)?.options.mask !== undefined
  return tracer.runs({ id, name, retries, trace, masked }, () => runUntraced(surroundings, job))
}

async function runUntraced(surroundings: Surroundings, job: RunnableJob): Promise<Outcome> {
  const started = performance.now()
  const runtime = (): number => performance.now() - started
  let body: TaskBody
  try {
    body = readBody(job)
  } catch (error) {
    return { kind: 'unreadable', reason: messageOf(error), runtimeMs: runtime() }
  }
  const task = surroundings.tasks.get(job.name) ?? builtinTasks.get(job.name)
  const run: Run = { leftRunning: false }
  try {
    if (task === undefined) throw new EngineError('TASK_UNKNOWN', `no task named ${job.name} is loaded in this thread`)
    const result = await runLimited(task, surroundings, job, callOf(task, body, surroundings), run)
    const json: Json = result === undefined ? null : toWire(result, `${task.name}: its result`)
    checkSize(task, json, surroundings.maxResultBytes)
    return followedBy(body, { kind: 'success', result: json, runtimeMs: runtime() })
  } catch (error) {
    const outcome = outcomeOfError(error, runtime(), task?.options)
    return followedBy(body, run.leftRunning ? { ...outcome, leftRunning: true } : outcome)
  }
}

/** The body has been read here: the main thread need not do it again to know what comes next. */
function followedBy({ embed }: TaskBody, outcome: Outcome): Outcome {
  return embed === undefined ? outcome : { ...outcome, follows: embed }
}

/** What is found out about a run while it goes on. */
interface Run {
  leftRunning: boolean
}

/** @throws PermanentError ResultTooLarge */
function checkSize(task: TaskDefinition, result: Json, most: number): void {
  const size = task.options.ignoreResult === true ? 0 : sizeOf(result)
  if (size <= most) return
  throw new PermanentError(
    'ResultTooLarge',
    `${task.name}: expected a result of at most ${most} bytes of JSON, came ${size}`,
  )
}

/** How the handler is called. */
function callOf(task: TaskDefinition, body: TaskBody, { tasks }: Surroundings): (context: TaskContext) => unknown {
  const builtin = builtinCall(task.name, body, tasks)
  if (builtin !== null) return builtin
  const args = boundArguments(task, body)
  return (context) => task.handler(context, ...(args as never[]))
}

async function runLimited(
  task: TaskDefinition,
  surroundings: Surroundings,
  job: RunnableJob,
  call: (context: TaskContext) => unknown,
  state: Run,
): Promise<unknown> {
  const context = new RunContext(surroundings, job)
  const attempt = async (): Promise<unknown> => {
    try {
      return await call(context)
    } catch (error) {
      // Node's own functions reject with an AbortError that has the signal's reason as its cause.
      const { abortReason } = context
      throw abortReason !== null && error instanceof Error && error.cause === abortReason ? abortReason : error
    }
  }
  const { times, waitMs } = task.options.retryInPlace ?? { times: 0, waitMs: 0 }
  const run =
    times === 0
      ? attempt
      : (): Promise<unknown> =>
          pRetry(attempt, {
            retries: times,
            minTimeout: waitMs,
            maxRetryTime: maxRetryInPlaceMs,
            randomize: true,
            signal: context.signal,
            shouldRetry: ({ error }) => error instanceof TransientError && isWorthRetrying(error, task.options),
          })
  const limit = job.softTimeLimit
  if (limit === null) return run()
  let timer: NodeJS.Timeout | undefined
  const running = run()
  const overrun = async (): Promise<never> => {
    const reason = new SoftTimeLimitExceeded(limit)
    context.abort(reason)
    state.leftRunning = !(await endsWithin(running, softLimitGraceMs))
    throw reason
  }
  const exceeded = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => void overrun().catch(reject), limit * 1000)
  })
  try {
    return await Promise.race([running, exceeded])
  } finally {
    clearTimeout(timer)
  }
}

/** Whether a promise is settled within so many milliseconds. */
async function endsWithin(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), milliseconds)))
  const ended = work.then(
    () => true,
    () => true,
  )
  return Promise.race([ended, late]).finally(() => clearTimeout(timer))
}
