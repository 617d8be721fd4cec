import { writeFile } from 'node:fs/promises'
import { loadPlaces } from '../config/load-places.ts'
import { DeadLetters, type AsideFilter } from '../engine/broker/dead-letters.ts'
import { BrokerKeys } from '../engine/broker/keys.ts'
import { CommandError } from './command-error.ts'
import { withRedis } from './command-redis.ts'
import { confirm } from './confirm.ts'
import { formatLetter, formatList, json, letterJson, listJson } from './dead-format.ts'
import { withProgress } from './progress.ts'

/** Where the messages are. */
interface ConnectionOptions {
  readonly broker?: string
  readonly dataDir?: string
}

/** Which ones are meant. */
interface FilterOptions extends ConnectionOptions {
  readonly kind?: NonNullable<AsideFilter['kind']>
  readonly queue?: string
  readonly task?: string
}

/** `lovage dead list`: prints the newest. */
export function listDead(options: FilterOptions & { limit: number; json?: boolean }): Promise<void> {
  return withLetters(options, async (letters) => {
    const page = await letters.list({ ...filterOf(options), limit: options.limit })
    process.stdout.write(options.json === true ? listJson(page) : formatList(page))
  })
}

/**
 * `lovage dead show`: prints one, or writes its parts.
 *
 * @throws CommandError where there is no such message, or not what was asked for of it
 */
export function showDead(
  id: string,
  options: ConnectionOptions & { profile?: string; raw?: boolean; json?: boolean },
): Promise<void> {
  return withLetters(options, async (letters) => {
    const letter = await letters.show(id)
    if (letter === null) throw new CommandError(nothingHas(id))
    if (options.profile !== undefined) await writeProfile(options.profile, letter.profile)
    if (options.raw === true) {
      if (letter.raw === null) throw new CommandError(`the message of ${id} is gone: its task has expired`)
      process.stdout.write(letter.raw)
    } else {
      process.stdout.write(options.json === true ? letterJson(letter) : formatLetter(letter))
    }
  })
}

async function writeProfile(file: string, profile: string | null): Promise<void> {
  if (profile === null) throw new CommandError('no CPU profile is kept with it: one is made at the soft time limit')
  try {
    await writeFile(file, profile)
  } catch (error) {
    throw new CommandError(`the profile could not be written: ${String(error)}`, { cause: error })
  }
}

/**
 * `lovage dead retry`: puts messages back on their queues.
 *
 * @throws CommandError that names each that could not be; the others have been
 */
export function retryDead(ids: readonly string[], options: ConnectionOptions & { json?: boolean }): Promise<void> {
  return withLetters(options, async (letters) => {
    const faults: string[] = []
    const retried: string[] = []
    for (const id of ids) {
      const found = await letters.find(id)
      const result = found === null ? null : await letters.retry(found)
      if (result?.moved === true) {
        retried.push(id)
        if (options.json !== true) process.stdout.write(`${id}: back on the queue ${found?.queue}\n`)
      } else faults.push(result === null ? nothingHas(id) : `${id}: not retried, ${result.reason}`)
    }
    if (options.json === true) process.stdout.write(json({ retried, faults }))
    if (faults.length > 0) throw new CommandError(faults.join('\nlovage: '))
  })
}

/** `lovage dead retry-all`: puts all that are meant back on their queues. */
export function retryAllDead(options: FilterOptions & { json?: boolean }): Promise<void> {
  return withLetters(options, async (letters) => {
    const { moved, left } = await withProgress((progress) =>
      letters.retryAll(filterOf(options), (done) => progress.tell(`${done.moved} retried`)),
    )
    const text = `${moved} retried${left > 0 ? `, ${left} left: their message is gone` : ''}\n`
    process.stdout.write(options.json === true ? json({ retried: moved, left }) : text)
  })
}

/**
 * `lovage dead purge`: deletes all that are meant, after asking.
 *
 * @throws CommandError where nobody can be asked and it was not forced
 */
export function purgeDead(
  options: FilterOptions & { olderThan?: number; force?: boolean; json?: boolean },
): Promise<void> {
  return withLetters(options, async (letters) => {
    const { olderThan: olderThanMs } = options
    const filter = { ...filterOf(options), ...(olderThanMs !== undefined && { olderThanMs }) }
    const { total } = await letters.list({ ...filter, limit: 0 })
    const question = `Delete ${total} set-aside ${total === 1 ? 'message' : 'messages'}?`
    const sure = total === 0 || options.force === true || (await confirm(question))
    const remove = () =>
      withProgress((progress) => letters.purge(filter, (done) => progress.tell(`${done} of ${total} deleted`)))
    const count = sure ? await remove() : 0
    process.stdout.write(options.json === true ? json({ deleted: count }) : `${count} deleted\n`)
  })
}

/** Connects to the broker, and lets go of it whatever happens. */
async function withLetters(options: ConnectionOptions, use: (letters: DeadLetters) => Promise<void>): Promise<void> {
  const { broker, dataDir } = options
  const places = await loadPlaces({ env: process.env, flags: { broker, dataDir } })
  await withRedis(places, ['broker'], async (redis) => {
    await use(new DeadLetters({ redis: await redis.connect('broker'), keys: new BrokerKeys() }))
  })
}

function filterOf({ kind, queue, task }: FilterOptions): AsideFilter {
  return {
    ...(kind !== undefined && { kind }),
    ...(queue !== undefined && { queue }),
    ...(task !== undefined && { task }),
  }
}

function nothingHas(id: string): string {
  return `nothing that is set aside has the id ${id}`
}
