import { EngineError, maxWaitSeconds } from '../errors.ts'
import { isRecord, maxNameLength } from '../message.ts'
import type { Json } from '../wire-value.ts'
import { kindOf, listed, refuse, timeOf, type Embed, type WireOptions, type WireSignature } from './wire-signature.ts'

/** A body may come from anybody: so many signatures may be in one, and so deep in each other. */
export const maxSignatures = 10_000
const maxNesting = 100

/** Most levels of lists and objects in all: what a thread can pass to the main thread. */
const maxDepth = 400

/**
 * Reads the third part of a body. Whatever is in it is looked at: what passes can be sent.
 *
 * @returns undefined where nothing comes after the task
 * @throws EngineError MESSAGE_UNREADABLE
 */
export function readEmbed(embed: unknown): Embed | undefined {
  if (embed === null || embed === undefined) return undefined
  if (!isRecord(embed)) return refuse('embed', 'an object', embed)
  const { callbacks, errbacks, chain, chord } = embed
  if (isNothing(callbacks) && isNothing(errbacks) && isNothing(chain) && isNothing(chord)) return undefined
  checkDepth(embed)
  const check = new SignatureCheck()
  check.list(callbacks, 'callbacks', 0)
  check.list(errbacks, 'errbacks', 0)
  check.list(chain, 'chain', 0)
  if (chord !== null && chord !== undefined) check.one(chord, 'chord', 0)
  return {
    callbacks: listed(callbacks as WireOptions['link']),
    errbacks: listed(errbacks as WireOptions['link']),
    chain: listed(chain as WireOptions['link']),
    chord: (chord ?? null) as WireSignature | null,
  }
}

type Check = (value: unknown) => boolean
const isText: Check = (value) => typeof value === 'string' && value !== '' && value.length <= maxNameLength
const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value)
const isSeconds: Check = (value) => isNumber(value) && Math.abs(Number(value)) <= maxWaitSeconds
const isWhole: Check = (value) => Number.isSafeInteger(value)
const isFlag: Check = (value) => typeof value === 'boolean'
const isShown: Check = (value) => typeof value === 'string'

/** Options that are made use of: what each must be where it is there, and the words for it. */
const optionChecks: Readonly<Record<string, readonly [Check, string]>> = {
  task_id: [isText, `text of 1 to ${maxNameLength} characters`],
  queue: [isText, `text of 1 to ${maxNameLength} characters`],
  routing_key: [isText, `text of 1 to ${maxNameLength} characters`],
  group_id: [isText, `text of 1 to ${maxNameLength} characters`],
  root_id: [isText, `text of 1 to ${maxNameLength} characters`],
  parent_id: [isText, `text of 1 to ${maxNameLength} characters`],
  priority: [isNumber, 'a number'],
  countdown: [isSeconds, `seconds, at most ${maxWaitSeconds}`],
  time_limit: [isNumber, 'seconds'],
  soft_time_limit: [isNumber, 'seconds'],
  group_index: [isWhole, 'a whole number'],
  ignore_result: [isFlag, 'true or false'],
  argsrepr: [isShown, 'text'],
  kwargsrepr: [isShown, 'text'],
}

/** Looks at signatures, and counts them. */
class SignatureCheck {
  #count = 0

  list(value: unknown, where: string, nesting: number): void {
    if (isNothing(value)) return
    if (isRecord(value)) return this.one(value, where, nesting)
    if (!Array.isArray(value)) return refuse(where, 'a list of signatures', value)
    value.forEach((member, index) => this.one(member, `${where}[${index}]`, nesting))
  }

  one(value: unknown, where: string, nesting: number): void {
    this.#count += 1
    if (this.#count > maxSignatures) tooMuch(`at most ${maxSignatures} signatures`, 'more')
    if (nesting > maxNesting) tooMuch(`signatures at most ${maxNesting} deep in each other`, 'deeper ones')
    if (!isRecord(value)) return refuse(where, 'a signature', value)
    const { task, args, kwargs, options } = value
    if (!isText(task)) refuse(`${where}.task`, `text of 1 to ${maxNameLength} characters`, task)
    if (!Array.isArray(args)) refuse(`${where}.args`, 'a list', args)
    if (!isRecord(kwargs)) return refuse(`${where}.kwargs`, 'an object', kwargs)
    if (!isRecord(options)) return refuse(`${where}.options`, 'an object', options)
    this.#options(options, `${where}.options`, nesting + 1)
    const kind = kindOf(value as unknown as WireSignature)
    if (kind === 'chord') {
      const { header, body } = kwargs
      if (!isRecord(header) && !Array.isArray(header)) refuse(`${where}.header`, 'a group', header)
      if (isRecord(header) && header['subtask_type'] !== 'group') refuse(`${where}.header`, 'a group', header)
      this.list(header, `${where}.header`, nesting + 1)
      this.one(body, `${where}.body`, nesting + 1)
    } else if (kind !== 'task') {
      const { tasks } = kwargs
      if (!Array.isArray(tasks)) refuse(`${where}.tasks`, 'a list of signatures', tasks)
      if (kind === 'chain' && Array.isArray(tasks) && tasks.length === 0)
        refuse(where, 'a chain of at least one', tasks)
      this.list(tasks, `${where}.tasks`, nesting + 1)
    }
  }

  #options(options: Record<string, unknown>, where: string, nesting: number): void {
    for (const [name, [check, expected]] of Object.entries(optionChecks)) {
      const value = options[name]
      if (value !== undefined && value !== null && !check(value)) refuse(`${where}.${name}`, expected, value)
    }
    timeOf(options['eta'] as Json, 0, `${where}.eta`)
    timeOf(options['expires'] as Json, 0, `${where}.expires`)
    this.list(options['link'], `${where}.link`, nesting)
    this.list(options['link_error'], `${where}.link_error`, nesting)
    this.list(options['chain'], `${where}.chain`, nesting)
    const { chord } = options
    if (chord !== null && chord !== undefined) this.one(chord, `${where}.chord`, nesting)
  }
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0)
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1))
}

function checkDepth(value: unknown): void {
  if (isDeeper(value, maxDepth)) tooMuch(`lists and objects at most ${maxDepth} deep`, 'deeper ones')
}

function tooMuch(expected: string, came: string): never {
  throw new EngineError('MESSAGE_UNREADABLE', `what comes after a task: expected ${expected}, came ${came}`)
}
