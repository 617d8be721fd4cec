import { Option, type Command } from 'commander'

/** An option of Celery's command that this one has not, as it is typed there, and why. */
export interface RefusedOption {
  readonly flags: string
  readonly reason: string
}

/** A command of Celery's that this one has not, and why. */
export interface RefusedCommand {
  readonly name: string
  readonly reason: string
}

const background = 'a process stays in the foreground; systemd, a container or nohup runs it in the background'

const kept = 'where periodic tasks stand is kept in Redis, for all schedulers'
const oneScheduler = 'there is one scheduler; periodic tasks are in the settings, under beat.schedule'

/** Of a process in the background. */
const daemonOptions: readonly RefusedOption[] = [
  { flags: '--pidfile [file]', reason: background },
  { flags: '--uid [user]', reason: `${background}, as the user that you name there` },
  { flags: '--gid [group]', reason: `${background}, in the group that you name there` },
  { flags: '--umask [mask]', reason: `${background}, with the umask that you name there` },
  { flags: '--executable [file]', reason: background },
  {
    flags: '-f, --logfile [file]',
    reason: 'the log goes to standard error; whoever starts the process may redirect it',
  },
]

/** Of `celery worker`. */
export const refusedWorkerOptions: readonly RefusedOption[] = [
  ...daemonOptions,
  { flags: '-D, --detach', reason: background },
  { flags: '-s, --schedule [file]', reason: kept },
  { flags: '--schedule-filename [file]', reason: kept },
  { flags: '--scheduler [class]', reason: oneScheduler },
  { flags: '-S, --statedb [file]', reason: 'revoked tasks are kept in Redis, for all nodes' },
  { flags: '--without-heartbeat', reason: 'there is always a heartbeat: monitors go by it' },
  { flags: '--heartbeat-interval [seconds]', reason: 'there is a heartbeat every two seconds: monitors go by it' },
]

/** Of `celery beat`. */
export const refusedBeatOptions: readonly RefusedOption[] = [
  ...daemonOptions,
  { flags: '--detach', reason: background },
  { flags: '-s, --schedule [file]', reason: kept },
  { flags: '-S, --scheduler [class]', reason: oneScheduler },
  { flags: '--max-interval [seconds]', reason: 'it looks when the next task is due, and every five seconds' },
]

/** Of `celery` itself. */
export const refusedGlobalOptions: readonly RefusedOption[] = [
  { flags: '--config [module]', reason: 'settings are environment variables and options (docs/commands.md)' },
  { flags: '--loader [class]', reason: 'task files are found by -A' },
  { flags: '--workdir [folder]', reason: 'the working folder is that of whoever starts it: cd there first' },
  { flags: '-C, --no-color', reason: 'set NO_COLOR=1 in the environment' },
  { flags: '--quiet', reason: 'a command prints what it was asked for; redirect it where nobody wants it' },
]

const routing = 'a message goes on the list of a queue: expected -q'

/** Of `celery call`. */
export const refusedCallOptions: readonly RefusedOption[] = [
  { flags: '--exchange [name]', reason: routing },
  { flags: '--routing-key [key]', reason: routing },
]

/** Of `celery events`. */
export const refusedEventsOptions: readonly RefusedOption[] = [
  { flags: '-c, --camera [class]', reason: 'a camera is a Python class; --json gives all events to any program' },
  { flags: '-r, --maxrate [rate]', reason: 'it is for a camera, and a camera is a Python class' },
  { flags: '--detach', reason: background },
  { flags: '-l, --loglevel [level]', reason: 'nothing is logged' },
]

/** Celery's commands. */
export const refusedCommands: readonly RefusedCommand[] = [
  { name: 'amqp', reason: 'it is for brokers that speak AMQP; the broker is Redis' },
  { name: 'graph', reason: 'it draws the parts of a Celery process' },
  { name: 'list', reason: 'it lists the bindings of an AMQP broker; queues are told by lovage inspect active_queues' },
  { name: 'logtool', reason: "it reads the log of a Celery worker; Lovage's is JSON, one object a line" },
  { name: 'migrate', reason: 'it moves messages between brokers of different kinds; the broker is Redis' },
  { name: 'multi', reason: 'it starts several processes in the background; systemd or a container does that' },
  { name: 'shell', reason: 'it opens a Python shell; the client is a module for programs' },
  { name: 'upgrade', reason: 'it rewrites the settings of old Celery versions' },
]

/** Has a command say why it has not these options, in place of not knowing them. */
export function refuseOptions(command: Command, refused: readonly RefusedOption[]): void {
  for (const { flags, reason } of refused) {
    const option = new Option(flags).hideHelp()
    // --no-color is a name here, and nothing that is true where it is not given.
    option.negate = false
    command.addOption(option)
    command.on(`option:${option.name()}`, () => refuse(command, option.long ?? flags, reason))
  }
}

/** The same for whole commands. */
export function refuseCommands(program: Command): void {
  for (const { name, reason } of refusedCommands) {
    const command = program.command(name, { hidden: true }).allowUnknownOption().allowExcessArguments()
    command.action(() => refuse(command, name, reason))
  }
}

function refuse(command: Command, what: string, reason: string): never {
  command.error(`error: there is no '${what}' here: ${reason}`, { code: 'lovage.refused' })
}
