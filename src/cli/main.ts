#!/usr/bin/env node
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command, Option } from 'commander'
import type { FlagValues } from '../config/flags-table.ts'
import { SettingsError } from '../config/settings-error.ts'
import { EngineError } from '../engine/errors.ts'
import { RedisSetupError } from '../redis/errors.ts'
import { CommandError } from './command-error.ts'
import { addDeadCommands } from './dead-options.ts'
import { addEventsOptions } from './events-options.ts'
import { addRemoteCommands } from './remote-options.ts'
import { version } from './version.ts'

/**
 * The `lovage` command.
 *
 * @param argv the words after `lovage`
 * @returns when the command has ended; the exit code is in `process.exitCode`
 */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('lovage')
    .description('Celery for Node, in one process.')
    .version(version())
    .showSuggestionAfterError()
    .showHelpAfterError('(lovage <command> --help tells the options)')
    .configureHelp({ showGlobalOptions: true })
    .addOption(new Option('-A, --app <module>', 'task files: a module, a folder, or several with commas'))
    .addOption(new Option('-b, --broker <url>', 'Redis of the queue'))

  workerOptions(program.command('serve').description('the registration service and a worker, in one process'))
    .option('--host <address>', 'address to listen on')
    .option('--port <number>', 'port to listen on; 0 takes any')
    .action(run(async (flags) => (await import('./serve.ts')).serve(flags)))

  workerOptions(
    program.command('worker').description('a worker alone: takes tasks from the queue and runs them'),
  ).action(run(async (flags) => (await import('./start-worker.ts')).startWorker(flags)))

  const beat = beatOptions(
    program.command('beat').description('a scheduler alone: sends periodic tasks when they are due'),
  ).action(run(async (flags) => (await import('./beat-command.ts')).startBeat(flags)))
  beat
    .command('list')
    .description('the periodic tasks, when each was sent last and is due next')
    .option('-j, --json', 'prints one JSON document')
    .action(async (_options, command: Command) => {
      await (await import('./beat-list.ts')).listPeriodic(command.optsWithGlobals())
    })

  const redis = program.command('redis').description('the embedded Redis')
  dataOption(redis.command('status').description('prints what is known of it, as JSON')).action(
    run(async (flags) => (await import('./redis-command.ts')).redisStatus(flags)),
  )
  dataOption(redis.command('stop').description('stops it; its data stays')).action(
    run(async (flags) => (await import('./redis-command.ts')).redisStop(flags)),
  )

  addDeadCommands(program.command('dead').description('messages that are set aside: dead letters, unknown, unreadable'))
  addEventsOptions(program.command('events').description('shows what workers tell of themselves and of their tasks'))
  addRemoteCommands(program)
  dataOption(program.command('report').description('prints what a report of a fault should say'))
    .option('-b, --broker <url>', 'Redis of the queue')
    .option('--result-backend <url>', 'Redis of the results')
    .option('-j, --json', 'prints one JSON document')
    .action(async (_options, command: Command) => {
      const { report } = await import('./report-command.ts')
      await report(command.optsWithGlobals())
    })

  try {
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    process.exitCode = error instanceof CommandError ? error.exitCode : 1
    process.stderr.write(`lovage: ${shown(error)}\n`)
  }
}

/** Celery's worker options, under Celery's names. */
function workerOptions(command: Command): Command {
  return dataOption(command)
    .option('-A, --app <module>', 'task files: a module, a folder, or several with commas')
    .option('-b, --broker <url>', 'Redis of the queue')
    .option('--result-backend <url>', 'Redis of the results')
    .option('-c, --concurrency <number>', 'how many tasks run at once; default: four per processor')
    .option('-P, --pool <pool>', 'threads (prefork, processes), async (eventlet, gevent) or solo')
    .option('--time-limit <seconds>', "hard limit of tasks that have none of their own: ends the task's thread")
    .option('--soft-time-limit <seconds>', 'soft limit of tasks that have none of their own: tells the task')
    .option('--max-tasks-per-child <number>', 'replaces a thread after so many tasks')
    .option('--max-memory-per-child <KiB>', "bounds a thread's heap")
    .option('--low-memory', 'half of the memory, for a quarter of the greatest rate of tasks')
    .option('-E, --task-events', "tells Celery's monitors what becomes of each task")
    .option('-B, --beat', 'sends periodic tasks when they are due, too')
    .option('-Q, --queues <names>', 'queues to take tasks from, with commas')
    .option('-n, --hostname <name>', 'name of this node')
    .option('-l, --loglevel <level>', 'debug, info, warning, error or critical')
}

/** Those of them that a scheduler has, too. */
function beatOptions(command: Command): Command {
  return dataOption(command)
    .option('-A, --app <module>', 'task files, for how arguments are shown: a module, a folder, or several with commas')
    .option('-b, --broker <url>', 'Redis of the queue')
    .option('-Q, --queues <names>', 'the first one is for periodic tasks that name no queue')
    .option('-n, --hostname <name>', 'name of this node')
    .option('-l, --loglevel <level>', 'debug, info, warning, error or critical')
}

function dataOption(command: Command): Command {
  return command.option('--data-dir <folder>', 'where the process keeps its files')
}

/**
 * Turns the parsed options into settings' flags: two have other names there. `-A` may stand before the command, as Celery
 * has it, or behind it.
 */
function run(action: (flags: FlagValues) => Promise<void>): (options: unknown, command: Command) => Promise<void> {
  return (_options, command) => {
    const { app: tasks, hostname: node, ...flags } = command.optsWithGlobals<Record<string, string>>()
    return action({ ...flags, tasks, node })
  }
}

/** An error that a user can mend needs no stack; any other is a fault of ours, and its stack helps. */
function shown(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const known = [SettingsError, EngineError, RedisSetupError, CommandError].some((type) => error instanceof type)
  return known ? error.message : (error.stack ?? error.message)
}

const [, script] = process.argv
if (script !== undefined && realpathSync(script) === fileURLToPath(import.meta.url)) await main(process.argv.slice(2))
