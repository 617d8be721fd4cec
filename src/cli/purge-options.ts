import type { Command } from 'commander'
import { brokerPlace } from './command-options.ts'
import { examples } from './examples.ts'

/** Adds the options of `lovage purge`, named as Celery names them, and what it does. */
export function addPurgeOptions(purge: Command): void {
  brokerPlace(purge)
    .option('-Q, --queues <names>', 'only these queues, with commas; default: those of the settings')
    .option('-X, --exclude-queues <names>', 'but not these')
    .option('--scheduled', 'also what is due later')
    .option('-f, --force', 'does not ask')
    .option('-j, --json', 'prints one JSON document')
    .action(async (_options, command: Command) => {
      const { purge } = await import('./purge-command.ts')
      await purge(command.optsWithGlobals())
    })
  examples(purge, [
    ['lovage purge', 'asks, then removes what waits on the queues'],
    ['lovage purge -Q mail,sms -f', 'does not ask'],
  ])
}
