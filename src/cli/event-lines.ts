import type { ReadEvent } from '../engine/event-message.ts'
import { pythonRepr } from '../engine/python-repr.ts'
import { printable } from './terminal-text.ts'

/** What Celery's own dumper calls the events of a worker. */
const typesForPeople = new Map([
  ['worker-online', 'started'],
  ['worker-offline', 'shutdown'],
  ['worker-heartbeat', 'heartbeat'],
])

/** So many tasks are remembered by what was said when they were sent or received, as Celery's dumper does. */
const maxTasks = 4_095

/** Longest text of a field that is printed, in characters: a field may hold anything. */
const longestField = 10_000

/** Turns events into lines for people, one each, as `celery events --dump` prints them (celery.events.dumper). */
export class EventLines {
  readonly #tasks = new Map<string, string>()

  line({ type, timestamp, hostname, ...fields }: ReadEvent): string {
    const name = type.toLowerCase()
    const said = typesForPeople.get(name) ?? name.replaceAll('-', ' ')
    const head = `${text(hostname ?? '-')} [${time(timestamp)}] ${said}`
    const task = name.startsWith('task-') ? `${this.#task(name, fields)} ` : ''
    const rest = Object.keys(fields)
      .toSorted()
      .map((key) => `${key}=${text(fields[key])}`)
      .join(', ')
    return printable(`${head}${rest === '' ? '' : ':'} ${task}${rest}`.trimEnd())
  }

  /** What is known of a task; takes out of the fields what it tells. */
  #task(type: string, fields: Record<string, unknown>): string {
    const uuid = text(fields['uuid'])
    delete fields['uuid']
    if (type !== 'task-received' && type !== 'task-sent') return this.#tasks.get(uuid) ?? ''
    const { name, args, kwargs } = fields
    for (const told of ['name', 'args', 'kwargs']) delete fields[told]
    const task = `${text(name)}(${uuid}) args=${text(args)} kwargs=${text(kwargs)}`
    this.#tasks.delete(uuid)
    this.#tasks.set(uuid, task)
    const [oldest] = this.#tasks.keys()
    if (this.#tasks.size > maxTasks && oldest !== undefined) this.#tasks.delete(oldest)
    return task
  }
}

/** As Python's `str` has it. */
function text(value: unknown): string {
  return (typeof value === 'string' ? value : pythonRepr(value)).slice(0, longestField)
}

/** Unix seconds as Python prints a time: in UTC, to the microsecond where there is a part of a second. */
function time(timestamp: unknown): string {
  if (typeof timestamp !== 'number' || !(Math.abs(timestamp) < 8e12)) return '-'
  const microseconds = Math.round((timestamp - Math.floor(timestamp)) * 1e6) % 1e6
  const shown = new Date(Math.round(timestamp * 1e6) / 1e3).toISOString().slice(0, 19).replace('T', ' ')
  return microseconds === 0 ? shown : `${shown}.${String(microseconds).padStart(6, '0')}`
}
