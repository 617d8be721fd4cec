import { ControlCaller, type ControlCall } from '../engine/broker/control-caller.ts'
import { BrokerKeys } from '../engine/broker/keys.ts'
import { connectToBroker } from './broker-connection.ts'
import { painter } from './colours.ts'
import { CommandError } from './command-error.ts'
import type { RemoteCommand } from './remote-commands.ts'
import { formatReplies, formatStatus, jsonReplies } from './remote-output.ts'
import { statusTable } from './status-table.ts'
import { printable } from './terminal-text.ts'

/** Of whom and how it is asked. */
export interface RemoteOptions {
  readonly broker?: string
  readonly dataDir?: string
  /** Names with commas. */
  readonly destination?: string
  /** Seconds. */
  readonly timeout?: number
  readonly json?: boolean
}

/** One command as it was typed. */
export interface Asked {
  readonly command: RemoteCommand
  /** Behind the command, in the order in which it takes them; the last one a list where it takes several. */
  readonly words: readonly unknown[]
  readonly options: RemoteOptions
  /** Whether the number of nodes is printed below: `inspect` has it, `control` has not. */
  readonly counted: boolean
}

/**
 * `lovage inspect <command>` and `lovage control <command>`: prints what the nodes reply. Starts nothing, the embedded Redis
 * neither.
 *
 * @throws CommandError with exit code 69 where no node replies
 */
export async function askNodes({ command, words, options, counted }: Asked): Promise<void> {
  const call = callOf(command.name, argumentsOf(command, words), options)
  if (command.unanswered === true) {
    const count = await withCaller(options, (caller) => caller.tell(call))
    if (count === 0) throw noneReplied()
    // Whether those that are named are among them nobody knows.
    const nodes = call.destination?.map(printable).join(', ') ?? `${count} ${count === 1 ? 'node' : 'nodes'}`
    process.stdout.write(
      options.json === true ? '{}\n' : `${command.name} was sent to ${nodes}; nobody replies to it\n`,
    )
    return
  }
  const replies = await withCaller(options, (caller) => caller.ask(call))
  if (replies.size === 0) throw noneReplied()
  process.stdout.write(options.json === true ? jsonReplies(replies) : formatReplies(replies, counted))
}

/**
 * `lovage status`: lists the nodes; at a terminal as a table, with what they do.
 *
 * @throws CommandError with exit code 69 where no node replies
 */
export async function status(options: RemoteOptions): Promise<void> {
  if (options.json !== true && process.stdout.isTTY) return showNodes(options)
  const replies = await withCaller(options, (caller) => caller.ask(callOf('ping', {}, options)))
  if (replies.size === 0) throw noneReplied()
  process.stdout.write(options.json === true ? jsonReplies(replies) : formatStatus(replies))
}

async function showNodes(options: RemoteOptions): Promise<void> {
  const replies = await withCaller(options, async (caller) => {
    const stats = await caller.ask(callOf('stats', {}, options))
    return { stats, active: stats.size === 0 ? stats : await caller.ask(callOf('active', {}, options)) }
  })
  if (replies.stats.size === 0) throw noneReplied()
  const { stdout } = process
  // A terminal that tells no width says 0.
  stdout.write(statusTable(replies, stdout.columns || 80, painter(stdout)))
}

function callOf(
  method: string,
  given: Record<string, unknown>,
  { destination, timeout = 1 }: RemoteOptions,
): ControlCall {
  const names = destination?.split(',').filter((name) => name !== '') ?? null
  return { method, arguments: given, destination: names, timeoutMs: timeout * 1000 }
}

function argumentsOf({ takes = [] }: RemoteCommand, words: readonly unknown[]): Record<string, unknown> {
  const given = takes.map(({ name }, index) => [name, words[index]] as const)
  return Object.fromEntries(given.filter(([, word]) => word !== undefined))
}

async function withCaller<T>(options: RemoteOptions, use: (caller: ControlCaller) => Promise<T>): Promise<T> {
  const client = await connectToBroker(options, {
    name: 'lovage-inspect',
    role: 'blocking',
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    // Each wait for a reply takes at most 1 s.
    maxBlockMs: 2_000,
  })
  if (client === null) throw noneReplied('the embedded Redis does not run')
  try {
    return await use(new ControlCaller({ redis: client, keys: new BrokerKeys() }))
  } finally {
    client.disconnect()
  }
}

function noneReplied(why = ''): CommandError {
  const reason = why === '' ? '' : `: ${why}`
  return new CommandError(`No nodes replied within time constraint${reason}`, { exit: 'unavailable' })
}
