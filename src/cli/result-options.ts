import { Option, type Command } from 'commander'
import { readSeconds } from './call-values.ts'
import { resultPlaces } from './command-options.ts'
import { examples } from './examples.ts'

/** Adds the options of `lovage result`, named as Celery names them, and what it does. */
export function addResultOptions(result: Command): void {
  resultPlaces(result)
    .argument('<id>', 'of the task')
    .option('--traceback', 'prints the traceback, in place of what the task gave')
    .option('-t, --task <name>', "of the task; taken for Celery's sake: all results are in one place")
    .option('-w, --wait', 'waits until the task has ended')
    .addOption(
      new Option('--timeout <seconds>', 'waits so long at most').argParser(readSeconds).implies({ wait: true }),
    )
    .option('-j, --json', 'prints one JSON document, with the state')
    .action(async (id: string, _options, command: Command) => {
      const { printResult } = await import('./result-command.ts')
      await printResult(id, command.optsWithGlobals())
    })
  examples(result, [
    ['lovage result 2f1c...', 'what the task gave'],
    ['lovage result 2f1c... --timeout 10', 'the same, when it has ended'],
    ['lovage result 2f1c... --json | jq .state', 'how far it is'],
  ])
}
