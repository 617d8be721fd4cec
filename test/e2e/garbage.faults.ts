import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { CeleryApp, type CeleryWorker } from '../support/celery.ts'
import { countsClaimed } from '../support/claimed.ts'
import { eventually } from '../support/eventually.ts'
import { judge, MessageFuzz } from '../support/message-fuzz.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { projectRoot, startService, type Service } from '../support/service.ts'
import { freePort } from './free-port.ts'
import { databases } from './journey.ts'
import { celeryMessage } from './queue.ts'

const mutants = 100_000
const goodOnes = 2_000
/** How many mutants come before the next good one, and how many elements go to Redis in one command. */
const pace = mutants / goodOnes
const chunk = 500
const lists = ['celery', 'celery\x06\x163', 'celery\x06\x166', 'celery\x06\x169']
const kinds = ['unreadable', 'unknown', 'dead'] as const
/** A worker of which nothing moves for so long, in milliseconds, has stalled. */
const stallMs = 30_000
/** Most that the worker may ever hold resident, in MB, and bytes of log for each message. */
const mostResident = 600
const mostLogged = 500

const seed = Number(process.env['LOVAGE_FAULT_SEED'] ?? Date.now() % 1_000_000)

/** The tasks of the golden messages, and one for the good ones. Each notes who has ended. */
const tasks = (ends: string): string => `
import { appendFileSync } from 'node:fs'
import { Retry } from '${pathToFileURL(join(projectRoot, 'dist/src/engine/errors.js')).href}'
import { defineTask } from '${pathToFileURL(join(projectRoot, 'dist/src/engine/task.js')).href}'
const ended = ({ id }, value) => (appendFileSync('${ends}', JSON.stringify(id) + '\\n'), value)
export const good = defineTask('garbage.good', {}, (context, number) => ended(context, number))
export const add = defineTask('proj.add', {}, (context, ...terms) => ended(context, terms.length))
export const xsum = defineTask('proj.xsum', {}, (context, ...terms) => ended(context, terms))
export const boom = defineTask('proj.boom', {}, () => { throw new RangeError('too far') })
export const slow = defineTask('proj.slow', {}, async (context) => ended(context, null))
export const prog = defineTask('proj.prog', {}, (context, ...terms) => ended(context, context.updateState('HALF', terms)))
export const rt = defineTask('proj.rt', {}, (context) => {
  if (context.retries === 0) throw new Retry({ countdown: 0.01 })
  return ended(context, context.retries)
})
`

interface SetAside {
  /** null: it may not run any more, and only the note is kept. */
  readonly raw: Buffer | null
  readonly reason: unknown
  readonly id: unknown
}

const digest = (raw: Buffer): string => createHash('sha1').update(raw).digest('base64')
const shown = (raw: Buffer): string => raw.subarray(0, 300).toString('latin1')

function groupBy<T>(values: Iterable<T>, keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const value of values) groups.set(keyOf(value), [])
  for (const value of values) groups.get(keyOf(value))?.push(value)
  return groups
}

const tally = (keys: Iterable<string>): Map<string, number> =>
  new Map([...groupBy(keys, (key) => key)].map(([key, those]) => [key, those.length]))

describe(`100,000 mutated messages between good ones, LOVAGE_FAULT_SEED=${seed}`, function () {
  this.timeout(960_000)
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lv-garbage-')))
  const ends = join(folder, 'ends')
  const pushed: Buffer[] = []
  const aside = new Map<string, SetAside[]>()
  let server: RedisServer
  let worker: Service
  let celery: CeleryApp
  let celeryWorker: CeleryWorker
  let broker: Redis
  /** How often each task has ended, by its id. */
  let ended: Map<string, number>

  before(async () => {
    const port = await freePort()
    const url = `redis://127.0.0.1:${port}`
    server = await startRedis({ args: ['--bind', '127.0.0.1', '--port', String(port)] })
    broker = new Redis({ path: server.socketPath, db: databases.broker })
    const conf = { broker_transport_options: { visibility_timeout: 5 } }
    const source = '@app.task\ndef double(number):\n    return number * 2'
    celery = new CeleryApp({ url: `${url}/${databases.broker}`, source, conf })
    celeryWorker = await celery.startWorker({ queues: ['other'], pool: 'solo' })
    writeFileSync(join(folder, 'garbage.mjs'), tasks(ends))
    writeFileSync(ends, '')
    const env = { REDIS_URL: url, DEAD_LETTERS_MAX: '1000000' }
    worker = await startService({ command: 'worker', args: ['-A', 'garbage', '-c', '16'], cwd: folder, env })
    await pushAll()
    expect(await howItEnds(), worker.printed.stderr.slice(-2_000)).to.equal('nothing is left')
    for (const kind of kinds) aside.set(kind, await setAside(kind))
    const lines = readFileSync(ends, 'utf8').trim().split('\n')
    ended = tally(lines.map((line) => JSON.parse(line) as string))
  })
  after(async () => {
    await worker?.stop()
    await celery?.close()
    broker?.disconnect()
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Good ones are spread among the others; each goes to the list of some priority. */
  async function pushAll(): Promise<void> {
    const fuzz = new MessageFuzz(seed)
    const elements: Buffer[] = []
    for (let number = 0; number < mutants; number += 1) {
      if (number % pace === 0) elements.push(goodMessage(number / pace))
      const raw = fuzz.next()
      pushed.push(raw)
      elements.push(raw)
    }
    for (let start = 0; start < elements.length; start += chunk) {
      const list = lists[(start / chunk) % lists.length] ?? ''
      await broker.lpush(list, ...elements.slice(start, start + chunk))
    }
  }

  function goodMessage(number: number): Buffer {
    const { id, raw } = celeryMessage('garbage.good', [number])
    return Buffer.from(raw.replaceAll(id, `good-${number}`))
  }

  /** Waits until nothing is left to do, however slow the machine is; or the process has ended, or stalls. */
  async function howItEnds(): Promise<string> {
    let ended = false
    void worker.exited.then(() => (ended = true))
    let last = { left: NaN, at: 0 }
    const look = async (): Promise<string> => {
      const left = await countLeft()
      if (left === 0 || ended) return ended ? 'the process has ended' : 'nothing is left'
      if (left !== last.left) last = { left, at: performance.now() }
      if (performance.now() - last.at > stallMs) return `stalled, with ${left} left`
      throw new Error(`${left} are left`)
    }
    return eventually(look, { what: 'the end of all messages', everyMs: 250, timeoutMs: 900_000 })
  }

  /** How many elements wait or are due soon; once there are none, how many are claimed, too: to count those is to look at every key. */
  async function countLeft(withClaimed = false): Promise<number> {
    const looks = broker.multi().zcount('lovage:eta:celery', '-inf', Date.now() + 60_000)
    for (const list of lists) looks.llen(list)
    if (withClaimed) looks.eval(`${countsClaimed} return claimed`, 0)
    const left = ((await looks.exec()) ?? []).reduce((sum, [, count]) => sum + Number(count), 0)
    return left > 0 || withClaimed ? left : countLeft(true)
  }

  async function setAside(kind: string): Promise<SetAside[]> {
    const set = `lovage:${kind}:celery`
    const entries = await broker.zrange(set, '0', '-1')
    const notes = await broker.hgetall(`${set}:n`)
    const raws = await inChunks(entries.map((entry) => `${set}:m:${entry}`))
    return entries.map((entry, index) => {
      const { reason, id } = JSON.parse(notes[entry] ?? '{}') as { reason?: unknown; id?: unknown }
      return { raw: raws[index] ?? null, reason, id }
    })
  }

  async function inChunks(keys: readonly string[]): Promise<(Buffer | null)[]> {
    const found: (Buffer | null)[] = []
    for (let start = 0; start < keys.length; start += chunk) {
      found.push(...(await broker.mgetBuffer(keys.slice(start, start + chunk))))
    }
    return found
  }

  const kept = (kind: string): Buffer[] => (aside.get(kind) ?? []).flatMap(({ raw }) => (raw === null ? [] : [raw]))

  /** What is scheduled for a far day, without the name of its list. */
  async function scheduled(): Promise<Buffer[]> {
    const stored = await broker.hvalsBuffer('lovage:eta:celery:m')
    return stored.map((entry) => entry.subarray(entry.indexOf(0) + 1))
  }

  it('the process lives, and has taken nothing of a good one: each ran exactly once', async () => {
    expect(worker.output()).to.not.match(/^Node\.js v/m)
    const ids = Array.from({ length: goodOnes }, (_, number) => `good-${number}`)
    expect(ids.filter((id) => ended.get(id) !== 1)).to.deep.equal([])
    const results = await inChunks(ids.map((id) => `celery-task-meta-${id}`))
    const values = results.map((json) => JSON.parse(String(json)) as { status: string; result: unknown })
    expect(values.filter(({ status, result }, number) => status !== 'SUCCESS' || result !== number)).to.deep.equal([])
  })

  it('what nobody can read is set aside as unreadable, byte for byte, with a reason', () => {
    const unreadable = tally(kept('unreadable').map(digest))
    const sure = pushed.filter((raw) => judge(raw) === null)
    const missing = [...tally(sure.map(digest))].filter(([key, count]) => unreadable.get(key) !== count)
    const examples = sure.filter((raw) => missing.some(([key]) => key === digest(raw)))
    expect(examples.slice(0, 5).map(shown)).to.deep.equal([])
    expect(sure.length).to.be.greaterThan(mutants / 4)
    for (const kind of kinds) {
      expect(aside.get(kind)).to.not.deep.equal([])
      expect(aside.get(kind)?.filter(({ reason }) => typeof reason !== 'string' || reason === '')).to.deep.equal([])
    }
  })

  it('every other one is set aside or scheduled byte for byte, or ran as often as it was sent, or had expired', async () => {
    const left = groupBy(pushed, digest)
    const found = [...kinds.flatMap(kept), ...(await scheduled())]
    // What was not sent, or was set aside more often than sent.
    const changed = found.filter((raw) => left.get(digest(raw))?.pop() === undefined)
    expect(changed.slice(0, 5).map(shown)).to.deep.equal([])

    const rest = [...left.values()].flat().map((raw) => ({ raw, told: judge(raw) }))
    expect(rest.filter(({ told }) => told === null).map(({ raw }) => shown(raw))).to.deep.equal([])
    const byId = groupBy(rest, ({ told }) => told?.id ?? '')
    const dead = tally(kept('dead').flatMap((raw) => judge(raw)?.id ?? []))
    const gone = tally(kinds.flatMap((kind) => aside.get(kind) ?? []).flatMap(({ raw, id }) => (raw ? [] : String(id))))
    // Whoever waited for what nobody can read was told so.
    const failed = new Set(['unreadable', 'dead'].flatMap((kind) => aside.get(kind) ?? []).map(({ id }) => id))
    const ids = [...byId.keys()]
    const results = await inChunks(ids.map((id) => `celery-task-meta-${id}`))
    const wrong = ids.filter((id, index) => {
      const those = byId.get(id) ?? []
      const runs = ended.get(id) ?? 0
      const notRun = those.length - runs - (gone.get(id) ?? 0)
      if (notRun <= 0) return runs > those.length + (dead.get(id) ?? 0)
      const expiring = those.filter(({ told }) => told?.hasExpiry).length
      // Of several that share an id, one that ran, or failed, has the last word in the result.
      const quiet = runs > 0 || failed.has(id) || those.some(({ told }) => told?.ignoresResult)
      return expiring < notRun || !(quiet || String(results[index]).startsWith('{"status":"REVOKED"'))
    })
    expect(wrong.slice(0, 5).map((id) => byId.get(id)?.map(({ raw }) => shown(raw)))).to.deep.equal([])
    expect(rest.length).to.be.greaterThan(mutants / 20)
  })

  it('memory and log stay bounded', () => {
    const status = readFileSync(`/proc/${worker.pid}/status`, 'utf8')
    expect(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024, 'MB').to.be.lessThan(mostResident)
    // The log tells of each message once, twice where it was run again.
    const log = worker.printed.stderr
    expect(log.split('\n').length).to.be.lessThan(2 * (mutants + goodOnes))
    expect(Buffer.byteLength(log) / mutants, 'bytes for each message').to.be.lessThan(mostLogged)
  })

  it('a Celery worker with a visibility timeout of 5 s, on another queue of the broker, is alive and runs a task', async () => {
    const answer = await celery.run("answer = double.apply_async(args=[21], queue='other').get(timeout=20)")
    expect(answer).to.equal(42)
    expect(celeryWorker.alive).to.equal(true)
  })
})
