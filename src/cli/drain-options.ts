import type { Command } from 'commander'
import { brokerPlace } from './command-options.ts'
import type { DrainOptions } from './drain-command.ts'
import { examples } from './examples.ts'

/** Options of `lovage drain`. */
export function addDrainOptions(command: Command): void {
  examples(command, [
    ['lovage drain --dry-run', 'what would be moved'],
    ['lovage drain -b redis://10.0.0.5/10', 'on another Redis, when no Lovage runs there any more'],
  ])
  brokerPlace(command)
    .option('--dry-run', 'only tells what would be moved')
    .option('-j, --json', 'prints one JSON document')
    .action(async (_options, given: Command) => {
      const { drain } = await import('./drain-command.ts')
      await drain(given.optsWithGlobals<DrainOptions>())
    })
}
