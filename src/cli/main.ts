#!/usr/bin/env node
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command, CommanderError, Option } from 'commander'
import type { FlagValues } from '../config/flags-table.ts'
import { addAuditOptions } from './audit-options.ts'
import { addBeatCommands } from './beat-options.ts'
import { addCallOptions } from './call-options.ts'
import { resultPlaces } from './command-options.ts'
import { addDeadCommands } from './dead-options.ts'
import { addDrainOptions } from './drain-options.ts'
import { addEventsOptions } from './events-options.ts'
import { examples, type Examples } from './examples.ts'
import { exitCodes, exitCodesHelp } from './exit-codes.ts'
import { addPurgeOptions } from './purge-options.ts'
import { addQueueCommands } from './queue-options.ts'
import { addRedisCommands } from './redis-options.ts'
import { refuseCommands, refusedGlobalOptions, refuseOptions } from './refused-options.ts'
import { addRemoteCommands } from './remote-options.ts'
import { addResultOptions } from './result-options.ts'
import { addSmsCommands } from './sms-options.ts'
import { addCelerysOptions, startOptions, type StartOptions } from './start-options.ts'
import { addUserCommands } from './user-options.ts'
import { version } from './version.ts'

/**
 * The `lovage` command.
 *
 * @param argv the words after `lovage`
 * @returns when the command has ended; the exit code is in `process.exitCode`
 */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await commandLine().parseAsync(argv, { from: 'user' })
  } catch (error) {
    // It has said already what it has to say.
    if (error instanceof CommanderError) return void (process.exitCode = error.exitCode && exitCodes.usage.code)
    const { exitCodeOf, shown } = await import('./ended-with.ts')
    process.exitCode = exitCodeOf(error)
    process.stderr.write(`lovage: ${shown(error)}\n`)
  }
}

/** All commands, with their options. A command's own modules are loaded when it is run. */
export function commandLine(): Command {
  const program = new Command('lovage')
    .description('Celery for Node, in one process.')
    .version(version())
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(lovage <command> --help tells the options)')
    .configureHelp({ showGlobalOptions: true })
    .addOption(new Option('-A, --app <module>', 'task files: a module, a folder, or several with commas'))
    .addOption(new Option('-b, --broker <url>', 'Redis of the queue'))
    .addOption(new Option('--result-backend <url>', 'Redis of the results'))
  refuseOptions(program, refusedGlobalOptions)

  workerOptions(program.command('serve').description('the registration service and a worker, in one process'))
    .option('--host <address>', 'address to listen on')
    .option('--port <number>', 'port to listen on; 0 takes any')
    .action(run(async (flags, options) => (await import('./serve.ts')).serve(flags, options)))

  workerOptions(
    program.command('worker').description('a worker alone: takes tasks from the queue and runs them'),
  ).action(run(async (flags, options) => (await import('./start-worker.ts')).startWorker(flags, options)))

  addBeatCommands(program.command('beat').description('a scheduler alone: sends periodic tasks when they are due'))
  addRedisCommands(program.command('redis').description('the embedded Redis'))
  addDeadCommands(program.command('dead').description('messages that are set aside: dead letters, unknown, unreadable'))
  addUserCommands(program.command('user').description('the accounts of the registration service'))
  addAuditOptions(
    program.command('audit').description('who registered, logged in, failed, changed what, and from where'),
  )
  addDrainOptions(
    program.command('drain').description('hands all that is claimed or scheduled back to the queues, for Celery'),
  )
  addEventsOptions(program.command('events').description('shows what workers tell of themselves and of their tasks'))
  addRemoteCommands(program)
  addCallOptions(program.command('call').description('sends a task by its name'))
  addResultOptions(program.command('result').description('prints what a task gave'))
  addPurgeOptions(program.command('purge').description('removes what waits on queues'))
  addQueueCommands(program.command('queue').description('pauses queues, and resumes them'))
  addSmsCommands(program.command('sms').description('the SMS gateways'))
  resultPlaces(program.command('report').description('prints what a report of a fault should say'))
    .option('-j, --json', 'prints one JSON document')
    .action(async (_options, command: Command) => {
      const { report } = await import('./report-command.ts')
      await report(command.optsWithGlobals())
    })
  refuseCommands(program)
  addExamples(program)
  return program.addHelpText('after', exitCodesHelp())
}

/** Celery's worker options, under Celery's names. */
function workerOptions(command: Command): Command {
  return addCelerysOptions(resultPlaces(command))
    .option('-A, --app <module>', 'task files: a module, a folder, or several with commas')
    .option('-c, --concurrency <number>', 'how many tasks run at once; default: four per processor')
    .option('--autoscale <max,min>', 'how many at most and at least, as the load is; in place of -c')
    .option('-P, --pool <pool>', 'threads (prefork, processes), async (eventlet, gevent) or solo')
    .option('--time-limit <seconds>', "hard limit of tasks that have none of their own: ends the task's thread")
    .option('--soft-time-limit <seconds>', 'soft limit of tasks that have none of their own: tells the task')
    .option('--max-tasks-per-child <number>', 'replaces a thread after so many tasks')
    .option('--max-memory-per-child <KiB>', "bounds a thread's heap")
    .option('--low-memory', 'half of the memory, for a quarter of the greatest rate of tasks')
    .option('--park-unknown <true|false>', 'false: leaves messages of unknown tasks on their queues for others')
    .option('-E, --task-events', "tells Celery's monitors what becomes of each task")
    .option('-B, --beat', 'sends periodic tasks when they are due, too')
    .option('-Q, --queues <names>', 'queues to take tasks from, with commas')
    .option('-X, --exclude-queues <names>', 'but not from these')
    .option('-I, --include <modules>', 'more task files, with commas')
    .option('--prefetch-multiplier <number>', 'most short tasks that are claimed for each that runs, 1 to 256')
    .option('--purge', 'first removes all tasks that wait on the queues; does not ask')
    .option('--metrics-port <number>', 'port of /metrics, /livez and /readyz; 0 takes any; default: none')
    .option('-n, --hostname <name>', 'name of this node')
    .option('-l, --loglevel <level>', 'debug, info, warning, error or critical')
}

/** Of the commands whose options stand here. */
const exampleLines: { readonly [command: string]: Examples } = {
  lovage: [
    ['lovage serve', 'the registration service and its tasks'],
    ['lovage -A proj worker -c 10 -l info', 'the tasks of the folder proj, ten at once'],
    ['lovage inspect ping', 'which nodes are there'],
  ],
  serve: [
    ['lovage serve', 'on port 3000 of this machine'],
    ['lovage serve --host 0.0.0.0 --port 80 -c 10', 'for everybody, ten tasks at once'],
  ],
  worker: [
    ['lovage worker -A proj -l info', 'the tasks of the folder proj'],
    ['lovage worker -A proj -c 1000 -P async', 'tasks that wait, a thousand at once'],
    ['lovage worker -A proj -Q mail,sms -n mail@host-1', 'two queues, under a name'],
  ],
  report: [['lovage report > report.txt', 'without passwords']],
}

function addExamples(program: Command): void {
  for (const command of [program, ...program.commands]) {
    const lines = exampleLines[command.name()]
    if (lines !== undefined) examples(command, lines)
  }
}

/**
 * Turns the parsed options into settings' flags. `-A` may stand before the command, as Celery has it, or behind it.
 */
function run(
  action: (flags: FlagValues, options: StartOptions) => Promise<void>,
): (options: unknown, command: Command) => Promise<void> {
  return (_options, command) => {
    const { flags, options } = startOptions(command.optsWithGlobals())
    return action(flags, options)
  }
}

const [, script] = process.argv
if (script !== undefined && realpathSync(script) === fileURLToPath(import.meta.url)) await main(process.argv.slice(2))
