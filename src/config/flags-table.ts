import type { Layer } from './merge-layers.ts'
import { layersFrom } from './outside-name.ts'
import type { OutsideName } from './outside-name.ts'
import { boolean, integer, integers, level, list, pool, text } from './readers.ts'
import type { Reader } from './readers.ts'
import type { SettingPath } from './settings-types.ts'

/** Every command-line option that sets something, under the name of its value. */
export const flagsTable = [
  flag('host', '--host', 'http.host', text),
  flag('port', '--port', 'http.port', integer),
  flag('concurrency', '--concurrency', 'worker.concurrency', integer),
  flag('autoscale', '--autoscale', 'worker.autoscale', integers),
  flag('pool', '--pool', 'worker.pool', pool),
  flag('timeLimit', '--time-limit', 'worker.timeLimit', integer),
  flag('softTimeLimit', '--soft-time-limit', 'worker.softTimeLimit', integer),
  flag('maxTasksPerChild', '--max-tasks-per-child', 'worker.maxTasksPerChild', integer),
  flag('maxMemoryPerChild', '--max-memory-per-child', 'worker.maxMemoryPerChild', integer),
  flag('lowMemory', '--low-memory', 'worker.lowMemory', boolean),
  flag('parkUnknown', '--park-unknown', 'worker.parkUnknown', boolean),
  flag('taskEvents', '--task-events', 'events.tasks', boolean),
  flag('prefetchMultiplier', '--prefetch-multiplier', 'worker.prefetchMultiplier', integer),
  flag('beat', '--beat', 'beat.withWorker', boolean),
  flag('queues', '--queues', 'worker.queues', list),
  flag('excludeQueues', '--exclude-queues', 'worker.excludeQueues', list),
  flag('tasks', '-A', 'worker.tasks', list),
  flag('include', '--include', 'worker.include', list),
  flag('metricsPort', '--metrics-port', 'metrics.port', integer),
  flag('node', '--hostname', 'worker.node', text),
  flag('loglevel', '--loglevel', 'log.level', level),
  flag('broker', '--broker', 'redis.brokerUrl', text),
  flag('resultBackend', '--result-backend', 'redis.resultsUrl', text),
  flag('smsGateways', '--gateway', 'sms.gateways', list),
  flag('dataDir', '--data-dir', 'dataDir', text),
] as const

function flag<Name extends string>(name: Name, source: string, path: SettingPath, read: Reader): OutsideName<Name> {
  return { name, source, path, read }
}

export type FlagName = (typeof flagsTable)[number]['name']

/** Values of command-line options, as the parser of the command line gives them. `undefined`: not given. */
export type FlagValues = { readonly [K in FlagName]?: string | number | boolean | readonly string[] | undefined }

/**
 * What the command line sets.
 *
 * @throws TypeError for a name that is not in the table: the caller's mistake, which would otherwise be a lost option
 */
export function flagLayers(flags: FlagValues): Layer[] {
  const known: readonly string[] = flagsTable.map((row) => row.name)
  const unknown = Object.keys(flags).filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new TypeError(`expected flags among ${known.join(', ')}, came ${unknown.join(', ')}`)
  return layersFrom(flagsTable, flags)
}
