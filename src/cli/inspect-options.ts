import { InvalidArgumentError, Option, type Command } from 'commander'

/** Adds the commands of `lovage inspect`, each with its options, named as Celery names them. */
export function addInspectCommands(inspect: Command): void {
  inspect
    .command('ping')
    .description('asks the running nodes whether they are there')
    .option('-d, --destination <names>', 'only these nodes, with commas')
    .addOption(new Option('-t, --timeout <seconds>', 'how long to wait for replies').argParser(seconds).default(1))
    .option('-j, --json', 'prints one JSON document')
    .option('-b, --broker <url>', 'Redis of the queue')
    .option('--data-dir <folder>', 'where the process keeps its files')
    .action(async (_options, command: Command) => {
      const { inspectPing } = await import('./inspect-command.ts')
      await inspectPing(command.optsWithGlobals())
    })
}

function seconds(text: string): number {
  const value = Number(text)
  if (!/^\d{1,4}(?:\.\d{1,3})?$/.test(text) || value === 0) {
    throw new InvalidArgumentError('expected seconds above 0, for example 1 or 0.5.')
  }
  return value
}
