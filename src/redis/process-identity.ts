import { readFileSync } from 'node:fs'

/**
 * A process, told apart from a later one that got the same number. Where there is no /proc only the number is known,
 * and the rest is null.
 */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks from the start of the machine to that of the process: field 22 of /proc/<pid>/stat (proc(5)). */
  readonly startedAt: string | null
  /** Changes when the machine starts again: /proc/sys/kernel/random/boot_id. */
  readonly boot: string | null
}

/** @returns null if no such process is alive; one that has ended and was not yet collected (a zombie) is not */
export function identifyProcess(pid: number): ProcessIdentity | null {
  const stat = read(`/proc/${pid}/stat`)
  // The name of the program stands in brackets before the other fields and may itself hold brackets and spaces.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  const state = fields?.[0]
  if (state === 'Z' || state === 'X') return null
  if (fields === undefined && !isSignalable(pid)) return null
  return { pid, startedAt: fields?.[19] ?? null, boot: read('/proc/sys/kernel/random/boot_id')?.trim() ?? null }
}

/** Whether that very process is alive. */
export function isAlive(identity: ProcessIdentity): boolean {
  const now = identifyProcess(identity.pid)
  return now !== null && agree(now.startedAt, identity.startedAt) && agree(now.boot, identity.boot)
}

/** @returns null if the text is not that of a process */
export function parseIdentity(text: string): ProcessIdentity | null {
  const [pid = '', startedAt, boot] = text.split(' ')
  if (!/^[1-9]\d*$/.test(pid)) return null
  return { pid: Number(pid), startedAt: known(startedAt), boot: known(boot) }
}

/** `<pid> <startedAt> <boot>`, with - for what is not known. */
export function formatIdentity({ pid, startedAt, boot }: ProcessIdentity): string {
  return `${pid} ${startedAt ?? '-'} ${boot ?? '-'}`
}

function known(text: string | undefined): string | null {
  return text === undefined || text === '-' ? null : text
}

function agree(a: string | null, b: string | null): boolean {
  return a === null || b === null || a === b
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // No such process, or no /proc here.
    return null
  }
}

function isSignalable(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is there, and another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
