import type { Entry } from '../engine/index.ts'
import { printable } from './terminal-text.ts'

/** Periodic tasks for people: name, task and schedule of each. */
export function periodicLines(entries: readonly Entry[]): string[] {
  return entries.map(({ name, call, schedule }) => printable(`${name}: ${call.task}, ${schedule.text}`))
}
