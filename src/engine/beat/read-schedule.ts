import { EngineError } from '../errors.ts'
import { isRecord } from '../message.ts'
import { show } from '../task-options.ts'
import { fieldKinds } from './crontab-field.ts'
import { Crontab, type CrontabFields } from './crontab.ts'
import { Interval } from './interval.ts'
import type { Schedule } from './schedule.ts'
import { TimeZone } from './time-zone.ts'

const fieldNames = fieldKinds.map(({ name }) => name)

/**
 * Reads a schedule as it is given: seconds, a line of five fields, `{ every }`, `{ cron, timezone }`, or fields by their names with a
 * `timezone`.
 *
 * @param defaultZone where it names none
 * @throws EngineError OPTION_INVALID
 */
export function readSchedule(given: unknown, defaultZone: string): Schedule {
  if (typeof given === 'number') return new Interval(given)
  if (typeof given === 'string') return new Crontab(fieldsOf(given), new TimeZone(defaultZone))
  if (!isRecord(given) || Object.keys(given).length === 0) refuse('schedule', forms, given)
  const { timezone = defaultZone, ...rest } = given
  if ('every' in given) {
    only(given, ['every'])
    return new Interval(given['every'])
  }
  const zone = new TimeZone(timezone)
  if ('cron' in given) {
    only(given, ['cron', 'timezone'])
    return new Crontab(
      typeof given['cron'] === 'string' ? fieldsOf(given['cron']) : refuse('cron', line, given['cron']),
      zone,
    )
  }
  only(given, [...fieldNames, 'timezone'])
  if (Object.keys(rest).length === 0) refuse('schedule', forms, given)
  return new Crontab(rest, zone)
}

const line = 'five fields: minute, hour, day of the month, month, day of the week'
const forms = `seconds, a line of ${line}, { every }, { cron, timezone }, or { ${[...fieldNames, 'timezone'].join(', ')} }`

function fieldsOf(text: string): CrontabFields {
  const fields = text.trim().split(/\s+/)
  if (fields.length !== fieldNames.length) refuse('schedule', line, text)
  return Object.fromEntries(fieldNames.map((name, index) => [name, fields[index]]))
}

function only(given: object, names: readonly string[]): void {
  const other = Object.keys(given).find((name) => !names.includes(name))
  if (other !== undefined) refuse(`schedule.${other}`, `one of ${names.join(', ')}`, other)
}

function refuse(where: string, expected: string, came: unknown): never {
  throw new EngineError('OPTION_INVALID', `${where}: expected ${expected}, came ${show(came)}`)
}
