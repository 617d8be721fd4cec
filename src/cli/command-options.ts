import type { Command } from 'commander'

/** Where the process's files are, the embedded Redis among them. */
export function dataPlace(command: Command): Command {
  return command.option('--data-dir <folder>', 'where the process keeps its files')
}

/** Where the queue is. */
export function brokerPlace(command: Command): Command {
  return dataPlace(command).option('-b, --broker <url>', 'Redis of the queue')
}

/** Where the queue and the results are. */
export function resultPlaces(command: Command): Command {
  return brokerPlace(command).option('--result-backend <url>', 'Redis of the results')
}
