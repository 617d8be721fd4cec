import { InvalidArgumentError, Option, type Command } from 'commander'
import { brokerPlace } from './command-options.ts'
import { examples } from './examples.ts'
import { refusedEventsOptions, refuseOptions } from './refused-options.ts'

/** The least time between two redraws, in seconds. */
const leastSeconds = 0.25

/** Adds the options of `lovage events`, named as Celery names them, and what it does. */
export function addEventsOptions(events: Command): void {
  brokerPlace(events)
    .option('-d, --dump', 'prints a line for each event, as it does where there is no terminal')
    .addOption(new Option('-j, --json', 'prints each event as one line of JSON').conflicts('dump'))
    .addOption(
      new Option('-F, --frequency <seconds>', 'time between two looks of the table').argParser(seconds).default(0.5),
    )
    .addHelpText(
      'after',
      '\nA worker tells of its tasks where it was started with -E, or told to by remote control (enable_events).',
    )
    .action(async (_options, command: Command) => {
      const { watchEvents } = await import('./events-command.ts')
      await watchEvents(command.optsWithGlobals())
    })
  examples(events, [
    ['lovage events', 'a table that is kept up to date; q or Ctrl-C ends it'],
    ['lovage events --dump | grep failed', 'a line for each event'],
    ['lovage events --json | jq .type', 'the events themselves'],
  ])
  refuseOptions(events, refusedEventsOptions)
}

function seconds(text: string): number {
  const value = Number(text)
  if (!/^\d{1,4}(?:\.\d{1,3})?$/.test(text) || value < leastSeconds) {
    throw new InvalidArgumentError(`expected seconds, ${leastSeconds} or more, for example 1 or 0.5.`)
  }
  return value
}
