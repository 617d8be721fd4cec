import { pythonRepr } from '../python-repr.ts'
import type { KnownTask } from './work.ts'

/** What Celery shows of each task where nothing else is asked for; Lovage's tasks have none of these. */
const usual = ['exchange', 'routing_key', 'rate_limit']

type Shown = string | number | boolean | null | undefined

/** What is known of a task under the names of Celery's task attributes, and under Lovage's own. */
const attributes: Readonly<Record<string, (known: KnownTask) => Shown>> = {
  name: ({ task }) => task.name,
  max_retries: ({ policy }) => (policy.maxRetries === Infinity ? null : policy.maxRetries),
  default_retry_delay: ({ policy }) => policy.firstMs / 1000,
  retry_backoff: ({ policy }) => policy.firstMs / 1000,
  retry_backoff_max: ({ policy }) => policy.maxMs / 1000,
  retry_jitter: ({ policy }) => policy.jitter,
  soft_time_limit: ({ softTimeLimit }) => softTimeLimit,
  time_limit: ({ timeLimit }) => timeLimit,
  rate_limit: ({ rate }) => rate?.text ?? null,
  ignore_result: ({ task }) => task.options.ignoreResult === true,
  track_started: ({ task }) => task.options.trackStarted === true,
  acks_late: () => true,
  reject_on_worker_lost: () => true,
  serializer: () => 'json',
  pool: ({ lane }) => lane,
  on_uncertain: ({ policy }) => policy.onUncertain,
}

/**
 * The tasks by name, each as Celery prints it: `proj.add [max_retries=3]`.
 *
 * @param wanted attributes; what a task does not have is left out
 * @param builtins also those that every worker has, whose names begin with `celery.`
 */
export function registeredTasks(tasks: Iterable<KnownTask>, wanted: readonly string[], builtins: boolean): string[] {
  const names = (wanted.length === 0 ? usual : wanted).filter((name) => Object.hasOwn(attributes, name))
  return [...tasks]
    .filter(({ task }) => builtins || !task.name.startsWith('celery.'))
    .map((known) => {
      const fields = names.flatMap((name) => {
        const value = attributes[name]?.(known) ?? null
        return value === null ? [] : [`${name}=${typeof value === 'string' ? value : pythonRepr(value)}`]
      })
      return fields.length === 0 ? known.task.name : `${known.task.name} [${fields.join(' ')}]`
    })
    .toSorted()
}
