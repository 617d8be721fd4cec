import { Option, type Command } from 'commander'
import { readExpiry, readPriority, readSeconds, readSerializer, readTime } from './call-values.ts'
import { resultPlaces } from './command-options.ts'
import { examples } from './examples.ts'
import { refusedCallOptions, refuseOptions } from './refused-options.ts'

/** Adds the options of `lovage call`, named as Celery names them, and what it does. */
export function addCallOptions(call: Command): void {
  resultPlaces(call)
    .argument('<name>', "of the task, for example proj.add; it need not be one of Lovage's")
    .option('-a, --args <list>', 'arguments, a JSON list; - reads it from standard input')
    .option('-k, --kwargs <object>', 'arguments by name, a JSON object; - reads it from standard input')
    .addOption(new Option('--eta <time>', 'not before this time, ISO 8601').argParser(readTime).conflicts('countdown'))
    .addOption(new Option('--countdown <seconds>', 'not before so many seconds are over').argParser(readSeconds))
    .addOption(new Option('--expires <when>', 'not after so many seconds, or this time').argParser(readExpiry))
    .option('-q, --queue <name>', 'queue; default: the first one of the settings')
    .addOption(new Option('--priority <number>', '0 to 9; 0 is served first').argParser(readPriority))
    .option('--task-id <id>', 'id of the task; default: a new one')
    .addOption(new Option('--serializer <name>', 'json is the only one').argParser(readSerializer))
    .option('-w, --wait', 'waits until the task has ended, and prints what it gave')
    .addOption(
      new Option('--timeout <seconds>', 'waits so long at most').argParser(readSeconds).implies({ wait: true }),
    )
    .option('-j, --json', 'prints one JSON document')
    .action(async (name: string, _options, command: Command) => {
      const { callTask } = await import('./call-command.ts')
      await callTask(name, command.optsWithGlobals())
    })
  refuseOptions(call, refusedCallOptions)
  examples(call, [
    [`lovage call proj.add -a '[1, 2]'`, 'prints the id of the task'],
    [`lovage call proj.add -a '[1, 2]' --timeout 10`, 'prints 3'],
    [`lovage call mail.send -k '{"to": "me"}' --countdown 60`, 'a minute later'],
    [`lovage call mail.send -k - < arguments.json`, 'arguments that other users must not see'],
  ])
}
