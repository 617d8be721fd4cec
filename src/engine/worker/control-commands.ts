import { changeCommands } from './change-commands.ts'
import type { ControlCommand } from './controlled-node.ts'
import { inspectCommands } from './inspect-commands.ts'

/** Every command of remote control that a node knows, under Celery's name (celery.worker.control). */
export const controlCommands: ReadonlyMap<string, ControlCommand> = new Map([...inspectCommands, ...changeCommands])
