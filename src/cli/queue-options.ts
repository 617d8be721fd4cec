import type { Command } from 'commander'
import { brokerPlace } from './command-options.ts'
import { examples } from './examples.ts'
import type * as commands from './queue-command.ts'

/** The module of the commands, loaded when one is run. */
const load = (): Promise<typeof commands> => import('./queue-command.ts')

/** Adds the commands of `lovage queue`, each with its options. */
export function addQueueCommands(queue: Command): void {
  const pause = brokerPlace(
    queue.command('pause').description('no Lovage process takes tasks from them until they are resumed'),
  )
    .argument('<name...>', 'of the queues')
    .option('-j, --json', 'prints one JSON document')
    .action(async (names: string[], _options, command: Command) => {
      await (await load()).pauseQueues(names, command.optsWithGlobals())
    })
  const resume = brokerPlace(queue.command('resume').description('tasks are taken from them again'))
    .argument('<name...>', 'of the queues')
    .option('-j, --json', 'prints one JSON document')
    .action(async (names: string[], _options, command: Command) => {
      await (await load()).resumeQueues(names, command.optsWithGlobals())
    })
  const list = brokerPlace(queue.command('list').description('lists the queues that are paused'))
    .option('-j, --json', 'prints one JSON document')
    .action(async (_options, command: Command) => (await load()).listPaused(command.optsWithGlobals()))

  examples(pause, [['lovage queue pause mail sms', 'these two, however often a worker is started anew']])
  examples(resume, [['lovage queue resume mail', 'this one']])
  examples(list, [['lovage queue list', 'which queues are paused, and since when']])
  examples(queue, [
    ['lovage queue pause mail', 'holds what waits on the queue mail'],
    ['lovage queue resume mail', 'lets it go on'],
    ['lovage queue list', 'which queues are paused'],
  ])
}
