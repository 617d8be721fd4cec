import pRetry from 'p-retry'
import { readBody, type TaskBody } from '../body.ts'
import { EngineError, messageOf, PermanentError, SoftTimeLimitExceeded, TransientError } from '../errors.ts'
import { outcomeOfError, type Outcome } from '../outcome.ts'
import type { TaskContext, TaskDefinition } from '../task.ts'
import { toWire, type Json } from '../wire-value.ts'
import type { Job } from './pool.ts'

/** No in-place try starts later than this after the first: longer waits belong to the queue. */
const maxRetryInPlaceMs = 5_000

/**
 * Runs a task once, in place where it is called (a thread, or the main thread in the solo pool).
 *
 * Steps: read the body, bind the arguments, run the handler under its soft limit (with its in-place retries), turn the
 * returned value into JSON. Whatever happens, it comes back as an Outcome.
 */
export async function runJob(
  tasks: ReadonlyMap<string, TaskDefinition>,
  settings: Readonly<Record<string, unknown>>,
  job: Job,
): Promise<Outcome> {
  const started = performance.now()
  const runtime = (): number => performance.now() - started
  let body: TaskBody
  try {
    body = readBody(job.body)
  } catch (error) {
    return { kind: 'unreadable', reason: messageOf(error), runtimeMs: runtime() }
  }
  try {
    const task = tasks.get(job.name)
    if (task === undefined) throw new EngineError('TASK_UNKNOWN', `no task named ${job.name} is loaded in this thread`)
    const result = await runLimited(task, settings, job, checkedArgs(task, body))
    const json: Json = result === undefined ? null : toWire(result, `${task.name}: its result`)
    return { kind: 'success', result: json, runtimeMs: runtime() }
  } catch (error) {
    return outcomeOfError(error, runtime())
  }
}

/** A handler never runs with arguments missing: in JavaScript it would find `undefined` and go on. */
function checkedArgs(task: TaskDefinition, body: TaskBody): readonly unknown[] {
  const named = Object.keys(body.kwargs)
  if (named.length > 0) {
    throw new PermanentError(
      'TypeError',
      `${task.name}() takes its arguments by place, came by name: ${named.join(', ')}`,
    )
  }
  const least = task.handler.length - 1
  if (body.args.length < least) {
    throw new PermanentError('TypeError', `${task.name}() takes ${least} arguments, came ${body.args.length}`)
  }
  return body.args
}

async function runLimited(
  task: TaskDefinition,
  settings: Readonly<Record<string, unknown>>,
  job: Job,
  args: readonly unknown[],
): Promise<unknown> {
  const controller = new AbortController()
  const { signal } = controller
  const context: TaskContext = { id: job.id, name: job.name, retries: job.retries, signal, settings }
  const attempt = async (): Promise<unknown> => task.handler(context, ...(args as never[]))
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
            signal,
            shouldRetry: ({ error }) => error instanceof TransientError,
          })
  const limit = job.softTimeLimit ?? task.options.softTimeLimit ?? null
  if (limit === null) return run()
  let timer: NodeJS.Timeout | undefined
  const exceeded = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const reason = new SoftTimeLimitExceeded(limit)
      controller.abort(reason)
      reject(reason)
    }, limit * 1000)
  })
  try {
    return await Promise.race([run(), exceeded])
  } finally {
    clearTimeout(timer)
  }
}
