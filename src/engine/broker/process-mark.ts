import { readFileSync, readlinkSync } from 'node:fs'

/** The namespace in which process ids mean something, and when a process was started; null where the system does not tell. */
function namespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return null
  }
}

/** Start time of a process in clock ticks since boot: field 22 of /proc/<pid>/stat (man 5 proc). null: there is none. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field, the program's name in brackets, may hold blanks and brackets.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' || state === 'X' ? null : (fields[18] ?? null)
  } catch {
    return null
  }
}

/** Boot of this machine: process ids of another one, or of before a restart, say nothing. */
function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return null
  }
}

/** Names this process so that another on the same machine can tell whether it is alive. */
export function processMark(): string {
  return JSON.stringify([process.pid, startOf(process.pid), namespace(), bootId()])
}

/**
 * Whether the process of a mark is alive; null where that can't be known: another machine or container, or a system that does
 * not tell.
 */
export function isAlive(mark: string): boolean | null {
  let parsed: unknown
  try {
    parsed = JSON.parse(mark)
  } catch {
    return null
  }
  if (!Array.isArray(parsed)) return null
  const [pid, start, space, boot] = parsed as unknown[]
  if (typeof pid !== 'number' || typeof start !== 'string' || space === null || boot === null) return null
  if (space !== namespace() || boot !== bootId()) return null
  return startOf(pid) === start
}
