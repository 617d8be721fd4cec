import { Option, type Command } from 'commander'
import type { FlagValues } from '../config/flags-table.ts'
import { refusedWorkerOptions, refuseOptions } from './refused-options.ts'

/** What a process is started with, beside what it takes as settings. */
export interface StartOptions {
  /** What waits on its queues is removed before it starts. */
  readonly purge: boolean
}

/**
 * Adds options that are not shown in the help: what Celery's users have in their start lines and is so here in any case, Celery's
 * other names of two options, and those that there are not, which say why.
 */
export function addCelerysOptions(worker: Command): Command {
  const asItIs = [
    new Option('-O <profile>').choices(['fair']),
    new Option('--without-gossip'),
    new Option('--without-mingle'),
    new Option('--discard'),
    new Option('--events'),
  ]
  for (const option of asItIs) worker.addOption(option.hideHelp())
  refuseOptions(worker, refusedWorkerOptions)
  return worker
}

/** Parts the parsed options into settings' flags, some of which have other names there, and what is no setting. */
export function startOptions(parsed: Readonly<Record<string, unknown>>): { flags: FlagValues; options: StartOptions } {
  const { app: tasks, hostname: node, purge, discard, events, taskEvents = events, ...others } = parsed
  const { O: _optimization, withoutGossip: _gossip, withoutMingle: _mingle, ...flags } = others
  return {
    flags: { ...flags, tasks, node, taskEvents } as FlagValues,
    options: { purge: (purge ?? discard) === true },
  }
}
