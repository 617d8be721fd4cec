import type { Redis } from 'ioredis'
import { asideKinds } from '../engine/broker/aside-entries.ts'
import { DeadLetters } from '../engine/broker/dead-letters.ts'
import { Drain, NodesRunning, type Drained, type RunningNode } from '../engine/broker/drain.ts'
import { BrokerKeys } from '../engine/broker/keys.ts'
import { serverTime } from '../engine/broker/server-time.ts'
import { connectToBroker, type BrokerPlace } from './broker-connection.ts'
import { CommandError } from './command-error.ts'
import { commandLog } from './connection-notes.ts'
import { shortDuration } from './duration.ts'
import { withProgress } from './progress.ts'
import { printable, printableJson } from './terminal-text.ts'

/** How it is done. */
export interface DrainOptions extends BrokerPlace {
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** What the command tells. */
export interface DrainReport extends Drained {
  readonly dryRun: boolean
  /** Who was running; only a dry run goes on then. */
  readonly running: readonly RunningNode[]
  /** How many claimed messages could not be moved, by the node that held them. */
  readonly claimsLeft: Readonly<Record<string, number>>
  /** What stays set aside, by kind. */
  readonly setAside: Readonly<Record<string, number>>
}

/**
 * `lovage drain`: hands every claim and every scheduled message back to its queue's list, in Celery's form. Starts nothing, the
 * embedded Redis neither.
 *
 * @throws CommandError where a Lovage is running, or something could not be moved; with exit code 69 where Redis does not run
 */
export async function drain(options: DrainOptions): Promise<void> {
  const redis = await connectToBroker(options, { name: 'lovage-drain', role: 'commands', logger: commandLog() })
  if (redis === null) {
    const advice = 'start a redis-server on its folder, and name it with --broker'
    throw new CommandError(`the embedded Redis does not run: ${advice}`, { exit: 'unavailable' })
  }
  try {
    const report = await drained(redis, options.dryRun === true)
    const { json } = options
    process.stdout.write(json === true ? `${printableJson(report)}\n` : formatDrain(report, await serverTime(redis)))
    const kept = [...Object.values(report.limited), ...Object.values(report.schedules)].map((each) => each.left)
    const left = [...kept, ...Object.values(report.claimsLeft)].reduce((sum, count) => sum + count, 0)
    const which = left === 1 ? 'message' : 'messages'
    if (left > 0) throw new CommandError(`${left} ${which} could not be moved: a key of their queue is no list`)
  } finally {
    redis.disconnect()
  }
}

async function drained(redis: Redis, dryRun: boolean): Promise<DrainReport> {
  const keys = new BrokerKeys()
  const letters = new DeadLetters({ redis, keys })
  const drain = new Drain({ redis, keys })
  const running = await drain.running()
  try {
    const result = dryRun
      ? await drain.look()
      : await withProgress((progress) => drain.run((moved) => progress.tell(`${moved} moved`)))
    const claimsLeft = dryRun ? {} : (await drain.look()).claims
    const totals = await Promise.all(asideKinds.map(async (kind) => (await letters.list({ kind, limit: 0 })).total))
    const setAside = Object.fromEntries(asideKinds.map((kind, index) => [kind, totals[index] ?? 0]))
    return { dryRun, running, ...result, claimsLeft, setAside }
  } catch (error) {
    if (error instanceof NodesRunning) throw new CommandError(refusal(error.nodes), { cause: error })
    throw error
  }
}

function refusal(nodes: readonly RunningNode[]): string {
  const lines = nodes.map(({ node, reason }) => `  ${printable(node)}: ${reason}`)
  const advice = 'Stop them first. One that was killed counts as running until its lease is over.'
  return [`drain: expected no Lovage on this broker, came ${nodes.length}`, ...lines, advice].join('\n')
}

/** A report for people, ending with a line break. @param now the server's time, Unix milliseconds */
export function formatDrain(
  { dryRun, running, claims, claimsLeft, limited, schedules, setAside }: DrainReport,
  now: number,
): string {
  const verb = dryRun ? 'would go back' : 'went back'
  const lines = running.map(({ node, reason }) => `running: ${node}: ${reason}`)
  for (const node of new Set([...Object.keys(claims), ...Object.keys(claimsLeft)])) {
    lines.push(`claimed by ${node}: ${claims[node] ?? 0} ${verb}${unmoved(claimsLeft[node] ?? 0)}`)
  }
  for (const [queue, { moved, left }] of Object.entries(limited)) {
    lines.push(`waiting for a rate limit on ${queue}: ${moved} ${verb}${unmoved(left)}`)
  }
  let farthest: number | null = null
  for (const [queue, schedule] of Object.entries(schedules)) {
    const { moved, left } = schedule
    const last = schedule.farthest === null ? '' : `, the last one due in ${shortDuration(schedule.farthest - now)}`
    lines.push(`scheduled on ${queue}: ${moved} ${verb}${last}${unmoved(left)}`)
    farthest = Math.max(farthest ?? 0, schedule.farthest ?? 0) || null
  }
  if (lines.length === 0) lines.push('nothing is claimed, nothing is scheduled')
  const kept = Object.entries(setAside).filter(([, count]) => count > 0)
  if (kept.length > 0) {
    lines.push(
      `set aside, and left there: ${kept.map(([kind, count]) => `${count} ${kind}`).join(', ')} (lovage dead list)`,
    )
  }
  if (farthest !== null) {
    const seconds = Math.ceil((farthest - now) / 1000)
    lines.push(
      `Celery runs a task twice whose eta is farther away than its visibility_timeout: it must be more than ${seconds} s`,
    )
  }
  return `${lines.map(printable).join('\n')}\n`
}

function unmoved(left: number): string {
  return left > 0 ? `; ${left} could not be moved` : ''
}
