import type { Claim, Claimed, Reservation } from '../../../../src/engine/broker/broker.ts'
import { Queues } from '../../../../src/engine/queues.ts'
import { Dispatcher } from '../../../../src/engine/worker/dispatcher.ts'
import { PausedQueues } from '../../../../src/engine/worker/paused-queues.ts'
import { quiescence } from '../hand-timers.ts'
import { Questions } from '../questions.ts'
import { fakeHealth } from './fake-health.ts'

export const mebibyte = 1024 * 1024
export const claimOf = (id: number, bytes = 10): Claim => ({ id, queue: 'celery', raw: new Uint8Array(bytes) })

export function dispatcherOf({ slots = 2, maxBytes = 100 * mebibyte, queues = ['celery'] } = {}) {
  const claims = new Questions<[limit: number, bytes: number], Claimed>()
  const waits = new Questions<[queue: string], void>()
  const paused = new PausedQueues()
  const runs = new Questions<[Claim], void>()
  const revocations = new Questions<[number], void>()
  const health = fakeHealth()
  /** How many runs had been asked for each time that it said that those were all. */
  const executed: number[] = []
  /** Slots that are free although their tasks have not ended. */
  const free = { slots: 0 }
  let running = 0
  const dispatcher = new Dispatcher({
    broker: { claim: (limits, bytes) => claims.ask(limits('celery'), bytes), waitForMessage: waits.ask },
    queues: new Queues(queues),
    paused,
    limit: (_queue, unstarted) => Math.max(slots + free.slots - running - unstarted, 0),
    maxBytes,
    execute: (claim, ended) => {
      running += 1
      const end = (): void => {
        running -= 1
        ended(claim)
      }
      void runs.ask(claim).then(end)
    },
    onExecuted: () => executed.push(runs.count),
    onRevocations: revocations.ask,
    health,
  })
  /** Answers the next claim; resolves with what was asked for. */
  const give = async (...given: Claim[]): Promise<[limit: number, bytes: number]> => {
    const { args, answer } = await claims.next()
    answer({ claims: given, queue: 'celery', revocations: 0 })
    const known = await revocations.next()
    known.answer()
    await quiescence()
    return args
  }
  const stop = async (): Promise<void> => {
    const quiet = dispatcher.quiet()
    if (claims.count > claims.taken) await give()
    await quiet
  }
  /** Has what was claimed in the step that sent it taken. */
  const take = async (reservation: Reservation | null, ...given: Claim[]): Promise<void> => {
    reservation?.take({ claims: given, queue: 'celery', revocations: 0 })
    const known = await revocations.next()
    known.answer()
    await quiescence()
  }
  return { dispatcher, paused, claims, waits, runs, revocations, health, executed, free, give, take, stop }
}
