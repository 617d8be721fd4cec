import { SettingsError } from '../config/settings-error.ts'
import { EngineError, type ErrorCode } from '../engine/errors.ts'
import { RedisSetupError, type RedisSetupErrorCode } from '../redis/errors.ts'
import { CommandError } from './command-error.ts'
import { exitCodes, type ExitName } from './exit-codes.ts'

const ofEngine: { readonly [Code in ErrorCode]: ExitName } = {
  OPTION_INVALID: 'usage',
  ARGUMENT_INVALID: 'usage',
  TASK_FILE_MISSING: 'configuration',
  TASK_FILE_BROKEN: 'configuration',
  TASK_NAME_TAKEN: 'configuration',
  TASK_UNKNOWN: 'failed',
  MESSAGE_UNREADABLE: 'failed',
  BROKER_UNAVAILABLE: 'unavailable',
  QUEUE_FULL: 'notYet',
  RESULT_TIMEOUT: 'notYet',
  RESULT_MISSING: 'failed',
  RESULT_UNREADABLE: 'failed',
}

const ofRedis: { readonly [Code in RedisSetupErrorCode]: ExitName } = {
  BAD_ADDRESS: 'configuration',
  BAD_OPTION: 'configuration',
  NOT_READY: 'unavailable',
  BAD_FOLDER: 'configuration',
  LOCKED: 'unavailable',
  NO_SERVER: 'configuration',
  SERVER_ENDED: 'unavailable',
  SERVER_STUCK: 'unavailable',
}

/** Whether Redis went away under a command: ioredis says so, or our own connection, in an Error without a code. */
function isRedisGone(error: unknown): boolean {
  const words =
    /^(?:Command timed out|Connection is closed\.|Redis is not ready|the connection was lost|Socket timeout)/
  return error instanceof Error && words.test(error.message)
}

/** What the program ends with after an error that nobody caught. */
export function exitCodeOf(error: unknown): number {
  return exitCodes[nameOf(error)].code
}

function nameOf(error: unknown): ExitName {
  if (error instanceof CommandError) return error.exit
  if (error instanceof EngineError) return ofEngine[error.code]
  if (error instanceof RedisSetupError) return ofRedis[error.code]
  if (isRedisGone(error)) return 'unavailable'
  if (!(error instanceof SettingsError)) return 'failed'
  // What was typed wrong is mended there, and by whoever typed it.
  return error.faults.every(({ source }) => source.startsWith('-')) ? 'usage' : 'configuration'
}

/** An error that a user can mend needs no stack; any other is a fault of ours, and its stack helps. */
export function shown(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (isRedisGone(error)) return `Redis does not answer: ${error.message}`
  const known = [SettingsError, EngineError, RedisSetupError, CommandError].some((type) => error instanceof type)
  return known ? error.message : (error.stack ?? error.message)
}
