import { constants } from 'node:os'
import { notedInRedis } from '../control-message.ts'
import { EngineError } from '../errors.ts'
import { pythonRepr } from '../python-repr.ts'
import { rateWords, readRate } from '../rate-limit.ts'
import type { Json } from '../wire-value.ts'
import { ok, type ControlCommand, type ControlledNode, type Given } from './controlled-node.ts'
import { countIn, optionalTextIn, secondsIn, textIn, textsIn } from './given-arguments.ts'

async function revoke(given: Given, of: ControlledNode): Promise<Json> {
  if (given[notedInRedis] === true) return ok('noted in Redis')
  if (given['terminate'] === true) return terminate(given, of)
  const ids = textsIn(given, 'task_id')
  await of.revoke(ids, false)
  // A set, as Python prints it.
  const shown = ids.length === 0 ? 'set()' : `{${ids.map(pythonRepr).join(', ')}}`
  return ok(`tasks ${shown} flagged as revoked`)
}

/** Whatever the signal, a task ends with its thread; those of other processes too, though only what is known here is told. */
async function terminate(given: Given, of: ControlledNode): Promise<Json> {
  checkSignal(given)
  const ids = textsIn(given, 'task_id')
  const held = new Set(of.inHand.map(({ work }) => work.message.id))
  await of.revoke(ids, true)
  const known = ids.filter((id) => held.has(id))
  return ok(`terminate: ${known.length === 0 ? 'tasks unknown' : known.join(', ')}`)
}

function checkSignal(given: Given): void {
  const { signal } = given
  if (typeof signal === 'number') return
  const name = optionalTextIn(given, 'signal')
  if (name === null || Object.hasOwn(constants.signals, `SIG${name.replace(/^SIG/, '')}`)) return
  throw new EngineError('ARGUMENT_INVALID', `signal: expected a name such as TERM or KILL, came ${name.slice(0, 20)}`)
}

function timeLimit(given: Given, of: ControlledNode): Json {
  const known = of.tasks.get(textIn(given, 'task_name'))
  if (known === undefined) return { error: 'unknown task' }
  const soft = secondsIn(given, 'soft')
  const hard = secondsIn(given, 'hard')
  if (soft !== null && hard !== null && soft >= hard) {
    throw new EngineError('ARGUMENT_INVALID', `soft: expected less than the hard limit of ${hard} s, came ${soft}`)
  }
  known.softTimeLimit = soft
  known.timeLimit = hard
  return ok('time limits set successfully')
}

async function rateLimit(given: Given, of: ControlledNode): Promise<Json> {
  const rate = readRate(given['rate_limit'] ?? null)
  if (rate === null) return { error: `Invalid rate limit string: expected ${rateWords}` }
  const known = of.tasks.get(textIn(given, 'task_name'))
  if (known === undefined) return { error: 'unknown task' }
  await of.limitRate(known, rate)
  return ok(
    rate.text === null || rate.text === 0 ? 'rate limit disabled successfully' : 'new rate limit set successfully',
  )
}

function autoscale(given: Given, { autoscaler }: ControlledNode): Json {
  if (autoscaler === null) return { error: "ValueError('Autoscale not enabled')" }
  const [most, least] = ['max', 'min'].map((name) => ((given[name] ?? null) === null ? null : countIn(given, name)))
  const { max, min } = autoscaler.update(most ?? null, least ?? null)
  return ok(`autoscale now max=${max} min=${min}`)
}

/** As Celery says it. */
function refusedWithAutoscale(method: string): Json {
  return { error: `${method} is not supported with autoscale. Adjust autoscale range instead.` }
}

async function addConsumer(given: Given, of: ControlledNode): Promise<Json> {
  const name = textIn(given, 'queue')
  const type = optionalTextIn(given, 'exchange_type') ?? 'direct'
  if (type !== 'direct') {
    throw new EngineError('ARGUMENT_INVALID', `exchange_type: expected direct, came ${type.slice(0, 20)}`)
  }
  const exchange = optionalTextIn(given, 'exchange') ?? name
  await of.addQueue({ name, exchange, routingKey: optionalTextIn(given, 'routing_key') ?? name })
  return ok(`add consumer ${name}`)
}

function cancelConsumer(given: Given, of: ControlledNode): Json {
  const name = textIn(given, 'queue')
  of.removeQueue(name)
  return ok(`no longer consuming from ${name}`)
}

/** The commands that change a node, under Celery's names. */
export const changeCommands: readonly [string, ControlCommand][] = [
  ['revoke', revoke],
  ['terminate', terminate],
  ['time_limit', timeLimit],
  ['rate_limit', rateLimit],
  ['autoscale', autoscale],
  ['add_consumer', addConsumer],
  ['cancel_consumer', cancelConsumer],
  [
    'pool_grow',
    (given, of) => {
      if (of.autoscaler !== null) return refusedWithAutoscale('pool_grow')
      of.resizePool(countIn(given, 'n'))
      return ok('pool will grow')
    },
  ],
  [
    'pool_shrink',
    (given, of) => {
      if (of.autoscaler !== null) return refusedWithAutoscale('pool_shrink')
      of.resizePool(-countIn(given, 'n'))
      return ok('pool will shrink')
    },
  ],
  [
    'pool_restart',
    (_given, of) => {
      of.restartPools()
      return ok('reload started')
    },
  ],
  ['enable_events', (_given, { events }) => ok(`task events ${events.enable() ? '' : 'already '}enabled`)],
  ['disable_events', (_given, { events }) => ok(`task events ${events.disable() ? '' : 'already '}disabled`)],
  [
    'heartbeat',
    (_given, { events }) => {
      events.beat()
      return null
    },
  ],
  [
    'shutdown',
    (_given, of) => {
      of.shutDown()
      return undefined
    },
  ],
]
