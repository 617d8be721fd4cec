import type { Redis } from 'ioredis'
import type { AsideNote, Claim, Settlement } from './broker.ts'
import { batchOf, placeOf, type ClaimedBatches } from './claimed-batches.ts'
import { followPlan } from './follow-plan.ts'
import { behindPrefix, type BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'
import type { RedisMembership } from './membership.ts'

const scripts = {
  acknowledge: new LuaScript('acknowledge', ['batches', 'results']),
  settle: new LuaScript('settle', [
    'clock',
    'set-aside',
    'push',
    'limited',
    'batches',
    'results',
    'chords',
    'follow',
    'retries',
  ]),
}

const dayMs = 86_400_000

/** Most claims, and bytes of results, that one call ends: bounds the time that Redis is busy with it. */
const groupSize = 512
const groupBytes = 1_048_576

/** What the script says of a claim that was not there any more: with its whole batch, or alone. */
const gone = -1
const ended = -2

/** What it works with. */
export interface RedisSettlementsOptions {
  readonly redis: Redis
  readonly keys: BrokerKeys
  readonly membership: Pick<RedisMembership, 'node' | 'epoch'>
  readonly batches: ClaimedBatches
  /** Bounds of each set of messages that are set aside. */
  readonly asideLimits: { readonly max: number; readonly days: number }
  /** Told how many set-aside messages had to go for the bounds. */
  readonly onDropped: (kind: AsideNote['kind'], count: number) => void
}

interface Ending {
  readonly claim: Claim
  readonly settlement: Settlement
  readonly resolve: (ours: boolean) => void
  readonly reject: (error: unknown) => void
}

/**
 * Ends claims.
 *
 * 1. settle: a claim's end is noted. Those that come within one turn, or while Redis is asked, go together.
 * 2. Those that are merely done (ack, result) are one call for all; whatever else becomes of a message is a call of its own.
 * 3. One round at a time, so that it is known what is left of a batch: with the last of its claims the batch is dropped.
 */
export class RedisSettlements {
  readonly #options: RedisSettlementsOptions
  #waiting: Ending[] = []
  /** Batches of which nothing is left and which are still there. */
  #over: number[] = []
  #busy = false

  constructor(options: RedisSettlementsOptions) {
    this.#options = options
  }

  /**
   * Ends a claim, all or nothing. `false`: the claim was no longer ours, and nothing was written.
   *
   * @throws what ioredis throws: nobody knows whether it was done. Settling again is safe
   */
  settle(claim: Claim, settlement: Settlement): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ claim, settlement, resolve, reject })
      if (this.#busy) return
      this.#busy = true
      setImmediate(() => void this.#rounds())
    })
  }

  async #rounds(): Promise<void> {
    let answered = true
    // A broker that is away may refuse at once, again and again: what could not be dropped goes with the next that is settled.
    while (this.#waiting.length > 0 || (this.#over.length > 0 && answered)) {
      const plain: Ending[] = []
      const others: Ending[] = []
      let bytes = 0
      let taken = 0
      for (const ending of this.#waiting) {
        if (taken >= groupSize || bytes >= groupBytes) break
        taken += 1
        bytes += ending.settlement.result?.json.length ?? 0
        if (isPlain(ending.settlement)) plain.push(ending)
        // What is to be served next goes in front of what went there before it: the oldest last.
        else if (ending.settlement.handBack) others.unshift(ending)
        else others.push(ending)
      }
      this.#waiting = this.#waiting.slice(taken)
      const settled = others.map((ending) => this.#settleOne(ending))
      answered = await this.#acknowledge(plain)
      await Promise.all(settled)
    }
    this.#busy = false
  }

  /** @returns whether the broker answered */
  async #acknowledge(endings: readonly Ending[]): Promise<boolean> {
    const { redis, keys, membership, batches } = this.#options
    const groups = new Map<number, Ending[]>()
    const over = new Set(this.#over.splice(0))
    for (const batch of over) groups.set(batch, [])
    for (const ending of endings) {
      const batch = batchOf(ending.claim)
      const group = groups.get(batch)
      if (group === undefined) groups.set(batch, [ending])
      else group.push(ending)
    }
    if (groups.size === 0) return true
    const args: (string | number)[] = [endings.find(hasResult)?.settlement.result?.ttlSeconds ?? 0, groups.size]
    for (const [batch, group] of groups) {
      if (batches.endsWith(batch, group.length)) over.add(batch)
      args.push(batch, over.has(batch) ? 1 : 0, over.has(batch) ? 0 : group.length)
      if (!over.has(batch)) for (const { claim } of group) args.push(placeOf(claim))
      const results = group.filter(hasResult)
      args.push(results.length)
      for (const { settlement } of results) args.push(settlement.result?.key ?? '', settlement.result?.json ?? '')
    }
    try {
      const claims = keys.claims(membership.node, membership.epoch)
      const answers = (await scripts.acknowledge.run(redis, [claims], args)) as number[]
      ;[...groups].forEach(([batch, group], index) => this.#ended(batch, group, answers[index] === 1, over.has(batch)))
      return true
    } catch (error) {
      for (const [batch, group] of groups) if (group.length === 0) this.#over.push(batch)
      for (const { reject } of endings) reject(error)
      return false
    }
  }

  #ended(batch: number, group: readonly Ending[], ours: boolean, over: boolean): void {
    const { batches } = this.#options
    if (!ours) batches.lose(batch)
    else if (group.length > 0 && batches.settled(batch, group.length) && !over) this.#over.push(batch)
    for (const { resolve } of group) resolve(ours)
  }

  async #settleOne({ claim, settlement, resolve, reject }: Ending): Promise<void> {
    const { redis, batches, onDropped } = this.#options
    const batch = batchOf(claim)
    // Others of its batch may be ending in this very round: only where it is the only one, the batch goes with it.
    const over = batches.endsWith(batch, 1)
    try {
      const [names, args] = this.#settleCall(claim, settlement, over)
      const dropped = Number(await scripts.settle.run(redis, names, args))
      if (settlement.aside !== undefined && dropped > 0) onDropped(settlement.aside.kind, dropped)
      if (dropped === gone) batches.lose(batch)
      // By an earlier try whose answer was lost: then it counts only now.
      else if (batches.settled(batch, 1) && (!over || dropped === ended)) this.#over.push(batch)
      resolve(dropped >= 0)
    } catch (error) {
      reject(error)
    }
  }

  #settleCall(claim: Claim, settlement: Settlement, over: boolean): [string[], (string | number)[]] {
    const { keys, membership, asideLimits } = this.#options
    const { result, aside, schedule, requeue, handBack, park, startedId, follow } = settlement
    const batch = batchOf(claim)
    const names = [
      keys.claims(membership.node, membership.epoch),
      keys.batch(membership.node, membership.epoch, batch),
      result?.key ?? '',
      aside === undefined ? '' : keys.aside(aside.kind, claim.queue),
      keys.asideIndex(),
      schedule === undefined ? '' : keys.schedule(claim.queue),
      startedId === undefined ? '' : keys.started(startedId),
      park === undefined ? '' : keys.schedule(claim.queue),
      schedule?.isRetry === true ? keys.retries(claim.queue) : '',
    ]
    const args = [
      batch,
      placeOf(claim),
      over ? 1 : 0,
      result?.json ?? '',
      result?.ttlSeconds ?? 0,
      `${schedule?.behind === true ? behindPrefix : ''}${membership.epoch}:${claim.id}`,
      aside === undefined ? '' : note(aside),
      asideLimits.max,
      asideLimits.days * dayMs,
      aside?.keepUntil ?? '',
      aside?.cpuProfile ?? '',
      schedule?.due ?? '',
      schedule?.text ?? park?.text ?? (typeof requeue === 'object' ? requeue.text : ''),
      requeue === undefined || requeue === false ? (handBack === true ? 'next' : '') : 'last',
      follow === undefined ? '' : followPlan(follow, keys),
      park?.task ?? '',
      park?.key ?? '',
      park?.expires ?? '',
      // It stands between zero bytes; without it, it is only found later that it was revoked.
      park === undefined || park.taskId.includes('\0') ? '' : park.taskId,
    ]
    return [names, args]
  }
}

function isPlain({ aside, schedule, requeue, handBack, park, startedId, follow }: Settlement): boolean {
  if (aside !== undefined || schedule !== undefined || startedId !== undefined || follow !== undefined) return false
  if (park !== undefined) return false
  return !requeue && !handBack
}

function hasResult({ settlement }: Ending): boolean {
  return settlement.result !== undefined
}

/** JSON without its closing brace: the script adds the time. */
function note({ reason, taskId, taskName, error, stack, retries }: AsideNote): string {
  return JSON.stringify({ reason, id: taskId, task: taskName, error, stack, retries }).slice(0, -1)
}
