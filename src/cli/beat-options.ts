import type { Command } from 'commander'
import { brokerPlace } from './command-options.ts'
import { examples } from './examples.ts'
import { refusedBeatOptions, refuseOptions } from './refused-options.ts'
import { startOptions } from './start-options.ts'

/** Adds the options of `lovage beat`, named as Celery names them, and what it and `lovage beat list` do. */
export function addBeatCommands(beat: Command): void {
  brokerPlace(beat)
    .option('-A, --app <module>', 'task files, for how arguments are shown: a module, a folder, or several with commas')
    .option('-Q, --queues <names>', 'the first one is for periodic tasks that name no queue')
    .option('-n, --hostname <name>', 'name of this node')
    .option('-l, --loglevel <level>', 'debug, info, warning, error or critical')
    .action(async (_options, command: Command) => {
      const { startBeat } = await import('./beat-command.ts')
      await startBeat(startOptions(command.optsWithGlobals()).flags)
    })
  refuseOptions(beat, refusedBeatOptions)
  examples(beat, [
    ['lovage beat', 'sends what the settings have under beat.schedule'],
    ['lovage beat -b redis://10.0.0.5/10 -l warning', 'on another Redis; tells no single task'],
  ])
  const list = beat.command('list').description('the periodic tasks, when each was sent last and is due next')
  list.option('-j, --json', 'prints one JSON document').action(async (_options, command: Command) => {
    const { listPeriodic } = await import('./beat-list.ts')
    await listPeriodic(command.optsWithGlobals())
  })
  examples(list, [
    ['lovage beat list', 'of the settings'],
    [`lovage beat list --json | jq '.[].next'`, 'when each is due'],
  ])
}
