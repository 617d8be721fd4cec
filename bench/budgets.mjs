/*
 * What the budgets of one SMS cost in Redis: Lovage's one script beside the library rate-limiter-flexible, whose every budget is a call.
 *
 *   node bench/prepare.mjs && node scripts/build.mjs
 *   node bench/budgets.mjs [--rounds 5] [--requests 20000]
 *
 * The same five budgets each (a mobile's hour and day, an address's hour and day, all together), on a redis-server of its own on a
 * Unix socket. `passing`: 50 requests at once, for mobiles and addresses of their own; requests/s. `refused`: 1,000 requests at
 * once from one address that may have 10; how many pass, and what they have taken from the budget of all together in the end, and
 * at its worst meanwhile. Medians of the rounds, the contenders in turn.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { RateLimiterRedis } from 'rate-limiter-flexible'
import { defaults } from '../dist/config/default.js'
import { BudgetFigures } from '../dist/src/app/budgets/budget-figures.js'
import { SmsBudgets } from '../dist/src/app/budgets/sms-budgets.js'
import { AppError } from '../dist/src/app/errors.js'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, requests: { type: 'string', default: '20000' } },
})
const rounds = Number(values.rounds)
const requests = Number(values.requests)
const atOnce = 50
const hour = 3_600
const day = 86_400
const silent = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * @typedef {(mobile: string, address: string) => Promise<boolean>} Ask whether one SMS may be sent
 * @typedef {{ ask: Ask, total: () => Promise<number> }} Contender `total`: what is spent of the budget of all together
 */

/** @type {Record<string, (redis: Redis, total: number) => Contender>} */
const contenders = {
  'Lovage, one script': (redis, total) => lovage(redis, total, null),
  'Lovage, with the guard against pumping': (redis, total) => lovage(redis, total, 'record'),
  'rate-limiter-flexible, all at once': (redis, total) => library(redis, total, consumeAtOnce),
  'rate-limiter-flexible, one by one': (redis, total) => library(redis, total, consumeInTurn),
}

/** @param {Redis} redis @param {number} total @param {'record' | null} pumping @returns {Contender} */
function lovage(redis, total, pumping) {
  const budgets = { ...defaults.budgets, smsPerMinute: total, pumping, wrongCodesPerMobileDay: null }
  const rules = { budgets, resendSeconds: null, ttlSeconds: 300 }
  const sms = new SmsBudgets(redis, rules, { figures: new BudgetFigures(), logger: silent })
  return {
    async ask(mobile, address) {
      try {
        await sms.spend(sms.costOf(mobile, address))
        return true
      } catch (error) {
        if (error instanceof AppError) return false
        throw error
      }
    },
    total: () => redis.zcard('budget_sms_total'),
  }
}

/**
 * @typedef {[limiter: RateLimiterRedis, key: string][]} Costs
 * @param {Redis} redis @param {number} total @param {(costs: Costs) => Promise<boolean>} consume @returns {Contender}
 */
function library(redis, total, consume) {
  const limiter = (/** @type {string} */ keyPrefix, /** @type {number} */ points, /** @type {number} */ duration) =>
    new RateLimiterRedis({ storeClient: redis, keyPrefix, points, duration })
  const mobiles = [limiter('mobile_hour', 5, hour), limiter('mobile_day', 10, day)]
  const addresses = [limiter('address_hour', 10, hour), limiter('address_day', 30, day)]
  const all = limiter('total', total, 60)
  return {
    ask: (mobile, address) =>
      consume([
        ...mobiles.map((one) => /** @type {Costs[0]} */ ([one, mobile])),
        ...addresses.map((one) => /** @type {Costs[0]} */ ([one, address])),
        [all, 'all'],
      ]),
    total: async () => Number(await redis.get('total:all')),
  }
}

/** Of each, and then back what was taken in vain: the library also counts what it refuses. @param {Costs} costs */
async function consumeAtOnce(costs) {
  const taken = await Promise.allSettled(costs.map(([limiter, key]) => limiter.consume(key)))
  if (taken.every(({ status }) => status === 'fulfilled')) return true
  await Promise.all(costs.map(([limiter, key]) => limiter.reward(key)))
  return false
}

/** @param {Costs} costs */
async function consumeInTurn(costs) {
  for (const [index, [limiter, key]] of costs.entries()) {
    try {
      await limiter.consume(key)
    } catch (refusal) {
      if (refusal instanceof Error) throw refusal
      await Promise.all(costs.slice(0, index + 1).map(([one, of]) => one.reward(of)))
      return false
    }
  }
  return true
}

/** @param {Contender} contender @returns {Promise<number>} requests/s */
async function passing({ ask }) {
  let next = 0
  const began = performance.now()
  const client = async () => {
    while (next < requests) {
      const index = next++
      const address = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`
      if (!(await ask(`13${String(index).padStart(9, '0')}`, address))) throw new Error(`request ${index} was refused`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, client))
  return requests / ((performance.now() - began) / 1000)
}

/** @param {Contender} contender */
async function refused({ ask, total }) {
  let worst = 0
  const looking = { on: true }
  const look = async () => {
    while (looking.on) worst = Math.max(worst, await total())
  }
  const watch = look()
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, (_, index) => ask(`13${String(index).padStart(9, '0')}`, '192.0.2.1')),
  )
  looking.on = false
  await watch
  return { passed: answers.filter(Boolean).length, spent: await total(), worst }
}

/** @template T @param {(redis: Redis) => Promise<T>} measure */
async function withRedis(measure) {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-budgets-'))
  const path = join(folder, 'redis.sock')
  const args = ['--port', '0', '--unixsocket', path, '--dir', folder, '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', args, { stdio: 'ignore' })
  const redis = new Redis({ path, retryStrategy: () => 50 }).on('error', () => undefined)
  try {
    await redis.ping()
    return await measure(redis)
  } finally {
    redis.disconnect()
    server.kill('SIGKILL')
    await once(server, 'exit')
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  }
}

/** @param {number[]} numbers */
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

/** @type {Map<string, { rate: number, passed: number, spent: number, worst: number }[]>} */
const results = new Map(Object.keys(contenders).map((name) => [name, []]))
for (let round = 0; round < rounds; round += 1) {
  for (const [name, make] of Object.entries(contenders)) {
    const rate = await withRedis((redis) => passing(make(redis, 100_000)))
    const result = { rate, ...(await withRedis((redis) => refused(make(redis, 500)))) }
    results.get(name)?.push(result)
    process.stderr.write(`round ${round + 1}, ${name}: ${JSON.stringify(result)}\n`)
  }
}
for (const [name, runs] of results) {
  const of = (/** @type {'rate' | 'passed' | 'spent' | 'worst'} */ key) =>
    Math.round(median(runs.map((run) => run[key])))
  process.stdout.write(
    `${name}: ${of('rate')} requests/s pass; of 1,000 from one address ${of('passed')} pass, ${of('spent')} of all together are spent, ${of('worst')} at worst\n`,
  )
}
