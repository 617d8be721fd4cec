import type { Command } from 'commander'
import { dataPlace } from './command-options.ts'
import { examples } from './examples.ts'
import type * as commands from './redis-command.ts'

/** The module of the commands, loaded when one is run. */
const load = (): Promise<typeof commands> => import('./redis-command.ts')

/** Adds the commands of `lovage redis`, each with its options. */
export function addRedisCommands(redis: Command): void {
  const status = dataPlace(redis.command('status').description('prints what is known of it, as JSON'))
    .option('-j, --json', 'the same')
    .action(async (_options, command: Command) => (await load()).redisStatus(command.optsWithGlobals()))
  examples(status, [['lovage redis status | jq .running', 'whether it runs']])
  const stop = dataPlace(redis.command('stop').description('stops it; its data stays'))
    .option('-j, --json', 'prints one JSON document')
    .action(async (_options, command: Command) => (await load()).redisStop(command.optsWithGlobals()))
  examples(stop, [['lovage redis stop --data-dir /srv/shop/data', 'that of another folder']])
  examples(redis, [['lovage redis status', 'whether it runs, and where']])
}
