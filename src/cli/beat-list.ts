import { loadWithoutSecrets } from '../config/load-settings.ts'
import { BrokerKeys, readBeatStates, tickFigures, type Entry, type TickFigures } from '../engine/index.ts'
import { connectToBroker, type BrokerPlace } from './broker-connection.ts'
import { CommandError } from './command-error.ts'
import { commandLog } from './connection-notes.ts'
import { readPeriodicTasks } from './engine-parts.ts'
import { periodicLines } from './periodic-lines.ts'
import { printableJson } from './terminal-text.ts'

/**
 * `lovage beat list`: the periodic tasks of the settings, when each was sent last and is due next, and how often it was. Changes nothing.
 *
 * @throws CommandError where the embedded Redis does not run, or an entry is wrong
 */
export async function listPeriodic(options: BrokerPlace & { readonly json?: boolean }): Promise<void> {
  const { json, broker, dataDir } = options
  const entries = readPeriodicTasks(loadWithoutSecrets({ env: process.env, flags: { broker, dataDir } }))
  const redis = await connectToBroker(options, { name: 'lovage-beat-list', role: 'commands', logger: commandLog() })
  if (redis === null) throw new CommandError('the embedded Redis does not run', { exit: 'unavailable' })
  try {
    const states = await readBeatStates(
      { redis, keys: new BrokerKeys() },
      entries.map(({ name }) => name),
    )
    const shown = tickFigures(entries, states).map(shownEntry)
    process.stdout.write(json === true ? `${printableJson(shown)}\n` : listText(entries, shown))
  } finally {
    redis.disconnect()
  }
}

/** One of them, for programs. Times in ISO 8601; null: not yet. */
interface ShownEntry {
  readonly name: string
  readonly task: string
  readonly schedule: string
  readonly lastSent: string | null
  readonly next: string | null
  readonly sent: number
  readonly missed: number
}

function shownEntry({ lastSent, next, ...figures }: TickFigures): ShownEntry {
  const { name, task, schedule, sent, missed } = figures
  return { name, task, schedule, lastSent: iso(lastSent), next: iso(next), sent, missed }
}

function listText(entries: readonly Entry[], shown: readonly ShownEntry[]): string {
  if (entries.length === 0) return 'there are no periodic tasks\n'
  const lines = periodicLines(entries).flatMap((line, index) => {
    const { lastSent = null, next = null, sent = 0, missed = 0 } = shown[index] ?? {}
    return [line, `    last ${lastSent ?? '-'}, next ${next ?? '-'}, sent ${sent}, missed ${missed}`]
  })
  return `${lines.join('\n')}\n`
}

function iso(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}
