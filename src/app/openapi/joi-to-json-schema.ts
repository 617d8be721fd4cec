import type Joi from 'joi'
import type { JsonSchema } from './json-schema.ts'

/** What joi's `describe()` gives, as far as it is read here. */
interface Described {
  type: string
  flags?: Readonly<Record<string, unknown>>
  keys?: Readonly<Record<string, Described>>
  rules?: readonly { name: string; args?: Readonly<Record<string, unknown>> }[]
  allow?: readonly unknown[]
  preferences?: Readonly<Record<string, unknown>>
  metas?: readonly unknown[]
  whens?: readonly Condition[]
}

/** One `when()`. */
interface Condition {
  ref?: { path: readonly string[] }
  is?: Described
  then?: Described
  otherwise?: Described
}

type Rules = NonNullable<Described['rules']>

/** JSON Schema for a form: an object, whose other fields are ignored, as `checkForm` does. */
export interface ObjectJsonSchema extends JsonSchema {
  properties: Readonly<Record<string, JsonSchema>>
  required: readonly string[]
  /** With `else`: fields that are looked at only where another one is left out. */
  if?: JsonSchema
  else?: JsonSchema & { properties: Readonly<Record<string, JsonSchema>> }
}

/**
 * JSON Schema for the joi schema of a form: an input is valid by the one exactly if it is by the other, provided that
 * the `x-` keywords are heeded and that there is no `custom()` or `meta({ checkedFurther: true })`, of which it can only tell that there
 * is one. joi's own conversion and those on npm leave out what they do not know: `empty`, inverted patterns, flags, bytes. This one
 * knows only what the forms use.
 *
 * @throws TypeError that names the field, for anything else
 */
export function objectSchemaOf(schema: Joi.ObjectSchema): ObjectJsonSchema {
  const described = schema.describe() as Described
  const at = 'the form'
  if (described.type !== 'object') throw unknown(at, `the type ${described.type}`)
  expectOnly(at, 'the property', described, ['type', 'keys'])
  const fields = Object.entries(described.keys ?? {})
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, field]) => [name, anyFieldSchema(name, field)])),
    required: fields.filter(([, field]) => isRequired(field)).map(([name]) => name),
    ...conditionOf(fields),
  }
}

/** Also for a field that is looked at only where another one is left out: beside it, it may be anything. */
function anyFieldSchema(name: string, field: Described): JsonSchema {
  if (field.whens === undefined) return fieldSchema(name, field)
  const { other, otherwise } = substituteOf(name, field)
  const ignored = { description: `Anything, where \`${other}\` is given` }
  return { anyOf: [fieldSchema(name, otherwise), ignored] }
}

/** What holds of such fields where the other one is left out. */
function conditionOf(fields: readonly [name: string, field: Described][]): Pick<ObjectJsonSchema, 'if' | 'else'> {
  const substitutes = fields
    .filter(([, { whens }]) => whens !== undefined)
    .map(([name, field]) => ({ name, ...substituteOf(name, field) }))
  const [first] = substitutes
  if (first === undefined) return {}
  const { other } = first
  const astray = substitutes.find((one) => one.other !== other)
  if (astray !== undefined) throw unknown(fieldName(astray.name), 'when() on another field than the one before')
  return {
    if: { properties: { [other]: { not: { enum: ['', null] } } }, required: [other] },
    else: {
      properties: Object.fromEntries(substitutes.map(({ name, otherwise }) => [name, fieldSchema(name, otherwise)])),
      required: substitutes.filter(({ otherwise }) => isRequired(otherwise)).map(({ name }) => name),
    },
  }
}

/** The one kind of condition that there is: left out where the other field is given, else a field as any. */
function substituteOf(name: string, field: Described): { other: string; otherwise: Described } {
  const at = fieldName(name)
  expectOnly(at, 'the property', field, ['type', 'whens'])
  const [condition = {}, ...others] = field.whens ?? []
  expectOnly(at, 'in when() the property', condition, ['ref', 'is', 'then', 'otherwise'])
  const { ref, is, then, otherwise } = condition
  const [other, ...deeper] = ref?.path ?? []
  const isExist = JSON.stringify(is) === '{"type":"any","flags":{"presence":"required"}}'
  const isStrip = JSON.stringify(then) === '{"type":"any","flags":{"result":"strip"}}'
  if (
    others.length > 0 ||
    other === undefined ||
    deeper.length > 0 ||
    !isExist ||
    !isStrip ||
    otherwise === undefined
  ) {
    throw unknown(at, 'when() with anything but one field, is: exist(), then: any().strip() and otherwise')
  }
  return { other, otherwise }
}

function fieldName(name: string): string {
  return `the field "${name}"`
}

function fieldSchema(name: string, field: Described): JsonSchema {
  const at = fieldName(name)
  const { flags = {}, allow = [], preferences = {}, metas = [] } = field
  expectOnly(at, 'the property', field, ['type', 'flags', 'rules', 'allow', 'preferences', 'metas'])
  for (const meta of metas) expectOnly(at, 'the meta', Object(meta), ['checkedFurther'])
  expectOnly(at, 'the flag', flags, ['presence', 'empty', 'default', 'only', 'description'])
  expectOnly(at, 'the preference', preferences, ['messages', 'convert'])
  if (allow.length > 0 && flags['only'] !== true) throw unknown(at, 'allow() beside other values')

  const schema = allow.length > 0 ? valuesSchema(at, field, allow) : typeSchema(at, field)
  const { description } = flags
  return {
    ...(mayBeNothing(at, field) ? { anyOf: [schema, { enum: ['', null], description: 'As if left out' }] } : schema),
    ...(typeof description === 'string' && { description }),
    ...('default' in flags && { default: flags['default'] }),
    ...(metas.length > 0 && { 'x-incomplete': true }),
  }
}

/** A field of certain values alone, or of that of another field. */
function valuesSchema(at: string, { type, rules = [] }: Described, values: readonly unknown[]): JsonSchema {
  const same = referredField(values)
  if (same !== undefined && type === 'string') {
    return { ...textSchema(at, rules), 'x-same-as': same, ...(isNormalized(rules) && { 'x-after-nfkc': {} }) }
  }
  if (rules.length > 0) throw unknown(at, 'rules beside valid()')
  const [type1 = '', ...otherTypes] = new Set(values.map((value) => typeof value))
  if (otherTypes.length > 0 || (type1 !== 'string' && type1 !== 'boolean')) {
    throw unknown(at, 'valid() with anything but texts, or booleans, or one reference in a string()')
  }
  return { type: type1, ...(values.length === 1 ? { const: values[0] } : { enum: values }) }
}

/** The field that a single reference is to. */
function referredField(values: readonly unknown[]): string | undefined {
  const [value] = values
  if (values.length !== 1 || typeof value !== 'object' || value === null || !('ref' in value)) return undefined
  const { path } = value.ref as { path: readonly string[] }
  return path.length === 1 ? path[0] : undefined
}

function typeSchema(at: string, { type, rules = [], preferences = {} }: Described): JsonSchema {
  if (type === 'string') return textSchema(at, rules)
  if (type !== 'boolean') throw unknown(at, `the type ${type}`)
  if (preferences['convert'] !== false) throw unknown(at, 'a boolean() that is not strict(): it takes texts')
  if (rules.length > 0) throw unknown(at, 'rules of a boolean()')
  return { type }
}

/** joi refuses an empty text unless it is allowed. What stands beside `normalize()`, holds of the outcome. */
function textSchema(at: string, rules: Rules): JsonSchema {
  const text: JsonSchema = { type: 'string', minLength: 1 }
  const checks = rules.flatMap(({ name, args = {} }): JsonSchema[] => {
    if (name === 'normalize' && args['form'] === 'NFKC') return []
    if (name === 'pattern') return [patternSchema(at, args)]
    if (name === 'max' && args['encoding'] === 'utf8') {
      const bytes = Number(args['limit'])
      return [{ maxLength: bytes, 'x-max-bytes': bytes }]
    }
    if (name === 'custom') return []
    throw unknown(at, `the rule ${name}(${JSON.stringify(args)})`)
  })
  return {
    ...text,
    ...(checks.length > 0 && (isNormalized(rules) ? { 'x-after-nfkc': { allOf: checks } } : together(checks))),
    ...(rules.some(({ name }) => name === 'custom') && { 'x-incomplete': true }),
  }
}

function isNormalized(rules: Rules): boolean {
  return rules.some(({ name }) => name === 'normalize')
}

/** All of some schemas as one, flat where no keyword is in two of them. */
function together(checks: readonly JsonSchema[]): JsonSchema {
  const keywords = checks.flatMap((check) => Object.keys(check))
  if (new Set(keywords).size < keywords.length) return { allOf: checks }
  return checks.reduce((all, check) => ({ ...all, ...check }), {})
}

/** JSON Schema takes a pattern without flags, as ECMAScript reads it with the flag `u`. */
function patternSchema(at: string, { regex, options = {} }: Readonly<Record<string, unknown>>): JsonSchema {
  const [, pattern = '', flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(String(regex)) ?? []
  if (flags !== '' && flags !== 'u') throw unknown(at, `a pattern with other flags than u: ${String(regex)}`)
  try {
    RegExp(pattern, 'u')
  } catch (error) {
    throw new TypeError(`${at} has a pattern that can't have the flag u: ${String(regex)}`, { cause: error })
  }
  return Object(options).invert === true ? { not: { pattern } } : { pattern }
}

/** Whether null and empty are taken for a field that is left out. Where it may not be, no other schema allows them. */
function mayBeNothing(at: string, field: Described): boolean {
  const empty = field.flags?.['empty'] as Described | undefined
  if (empty === undefined) return false
  if (JSON.stringify(empty.allow) !== '["",null]') throw unknown(at, 'empty() with anything but "" and null')
  return !isRequired(field)
}

function isRequired({ flags }: Described): boolean {
  return flags?.['presence'] === 'required'
}

function expectOnly(at: string, what: string, object: object, known: readonly string[]): void {
  const other = Object.keys(object).find((key) => !known.includes(key))
  if (other !== undefined) throw unknown(at, `${what} ${other}`)
}

function unknown(at: string, what: string): TypeError {
  return new TypeError(`${at} uses ${what}, which has no translation into JSON Schema yet`)
}
