/* oxlint-disable unicorn/no-thenable -- the word is Joi's */
import { expect } from 'chai'
import Joi from 'joi'
import { objectSchemaOf } from '../../../../src/app/openapi/joi-to-json-schema.ts'
import type { JsonSchema } from '../../../../src/app/openapi/json-schema.ts'

const NOTHING = Joi.valid('', null)

/** The JSON Schema of one field. */
function schemaOf(field: Joi.Schema): JsonSchema | undefined {
  return objectSchemaOf(Joi.object({ field })).properties['field']
}

describe('JSON Schema for a joi schema', () => {
  it('is an object, with the fields that must be there', () => {
    const schema = Joi.object({ one: Joi.string().required(), two: Joi.boolean().strict() })
    expect(objectSchemaOf(schema)).to.deep.equal({
      type: 'object',
      properties: { one: { type: 'string', minLength: 1 }, two: { type: 'boolean' } },
      required: ['one'],
    })
  })

  const translations: [what: string, field: Joi.Schema, schema: JsonSchema][] = [
    ['a pattern', Joi.string().pattern(/^[0-9]+$/), { type: 'string', minLength: 1, pattern: '^[0-9]+$' }],
    [
      'a pattern with the flag u',
      Joi.string().pattern(/^\p{L}+$/u),
      { type: 'string', minLength: 1, pattern: '^\\p{L}+$' },
    ],
    [
      'two patterns, one of them inverted',
      Joi.string().pattern(/^a/).pattern(/z$/, { invert: true }),
      { type: 'string', minLength: 1, pattern: '^a', not: { pattern: 'z$' } },
    ],
    [
      'two patterns',
      Joi.string().pattern(/^a/).pattern(/z$/),
      { type: 'string', minLength: 1, allOf: [{ pattern: '^a' }, { pattern: 'z$' }] },
    ],
    ['bytes', Joi.string().max(72, 'utf8'), { type: 'string', minLength: 1, maxLength: 72, 'x-max-bytes': 72 }],
    [
      'what holds after NFKC',
      Joi.string().pattern(/^a/).normalize('NFKC'),
      { type: 'string', minLength: 1, 'x-after-nfkc': { allOf: [{ pattern: '^a' }] } },
    ],
    ['NFKC alone', Joi.string().normalize('NFKC'), { type: 'string', minLength: 1 }],
    ['one value', Joi.any().valid(true), { type: 'boolean', const: true }],
    ['some values', Joi.valid('a', 'b'), { type: 'string', enum: ['a', 'b'] }],
    [
      'the value of another field',
      Joi.string().valid(Joi.ref('other')),
      { type: 'string', minLength: 1, 'x-same-as': 'other' },
    ],
    [
      'the value of another field, both in NFKC',
      Joi.string().normalize('NFKC').valid(Joi.ref('other')),
      { type: 'string', minLength: 1, 'x-same-as': 'other', 'x-after-nfkc': {} },
    ],
    [
      'that a function checks more',
      Joi.string().custom((text: string) => text),
      { type: 'string', minLength: 1, 'x-incomplete': true },
    ],
    [
      'a field that may be nothing, but not left out',
      Joi.string().empty(NOTHING).required(),
      { type: 'string', minLength: 1 },
    ],
    [
      'a field that may be left out, with a default',
      Joi.boolean().strict().empty(NOTHING).default(false),
      { anyOf: [{ type: 'boolean' }, { enum: ['', null], description: 'As if left out' }], default: false },
    ],
    [
      'that more is checked elsewhere',
      Joi.string().meta({ checkedFurther: true }),
      { type: 'string', minLength: 1, 'x-incomplete': true },
    ],
    ['a description', Joi.string().description('words'), { type: 'string', minLength: 1, description: 'words' }],
    ['errors by name', Joi.string().messages({ '*': 'USERNAME_FORMAT' }), { type: 'string', minLength: 1 }],
  ]
  for (const [what, field, schema] of translations) {
    it(`says ${what}`, () => expect(schemaOf(field)).to.deep.equal(schema))
  }

  const unknown: [what: string, field: Joi.Schema, uses: string][] = [
    ['another type', Joi.number(), 'the type number'],
    ['an object in it', Joi.object({}), 'the property keys'],
    ['alternatives', Joi.alternatives(Joi.string(), Joi.boolean()), 'the property matches'],
    ['a condition on a field of some type', Joi.string().when('a', { is: 'x', then: Joi.required() }), 'when() with'],
    [
      'a condition on a value',
      Joi.when('a', { is: 'x', then: Joi.any().strip(), otherwise: Joi.string() }),
      'when() with',
    ],
    ['a condition that refuses', Joi.when('a', { is: Joi.exist(), then: Joi.forbidden() }), 'when() with'],
    ['a condition in cases', Joi.when('a', { switch: [{ is: 1, then: Joi.string() }] }), 'the property switch'],
    ['another meta', Joi.string().meta({ other: true }), 'the meta other'],
    ['a boolean that takes texts', Joi.boolean(), 'a boolean() that is not strict()'],
    ['a rule', Joi.string().email(), 'the rule email'],
    ['a length in UTF-16', Joi.string().max(20), 'the rule max({"limit":20})'],
    ['another normal form', Joi.string().normalize('NFC'), 'the rule normalize({"form":"NFC"})'],
    ['a conversion', Joi.string().trim(), 'the rule trim'],
    ['a pattern with another flag', Joi.string().pattern(/a/i), 'a pattern with other flags than u: /a/i'],
    ['values beside others', Joi.string().allow(''), 'allow() beside other values'],
    ['values that are refused', Joi.string().invalid('x'), 'the property invalid'],
    ['values of several types', Joi.valid('a', true), 'valid() with anything but'],
    ['values that are numbers', Joi.valid(1), 'valid() with anything but'],
    ['rules beside values', Joi.string().valid('a').max(1, 'utf8'), 'rules beside valid()'],
    ['another kind of nothing', Joi.string().empty('none'), 'empty() with anything but "" and null'],
    ['a flag', Joi.string().raw(), 'the flag result'],
    ['a preference', Joi.string().prefs({ abortEarly: true }), 'the preference abortEarly'],
  ]
  for (const [what, field, uses] of unknown) {
    it(`throws for ${what}, and names the field`, () => {
      expect(() => schemaOf(field))
        .to.throw(TypeError, 'the field "field" uses')
        .with.property('message')
        .that.includes(uses)
    })
  }

  const unless = (field: Joi.Schema, other = 'other') =>
    Joi.when(other, { is: Joi.exist(), then: Joi.any().strip(), otherwise: field })

  it('says that fields are looked at only where another one is left out', () => {
    const schema = Joi.object({
      other: Joi.string().empty(NOTHING),
      one: unless(Joi.string().required()),
      two: unless(Joi.boolean().strict()),
    })
    const { properties, required, if: condition, else: otherwise } = objectSchemaOf(schema)
    const one: JsonSchema = { type: 'string', minLength: 1 }
    const two: JsonSchema = { type: 'boolean' }
    const ignored = { description: 'Anything, where `other` is given' }
    expect(required).to.deep.equal([])
    expect(properties['one']).to.deep.equal({ anyOf: [one, ignored] })
    expect(properties['two']).to.deep.equal({ anyOf: [two, ignored] })
    expect(condition).to.deep.equal({ properties: { other: { not: { enum: ['', null] } } }, required: ['other'] })
    expect(otherwise).to.deep.equal({ properties: { one, two }, required: ['one'] })
  })

  it('throws for such fields of two others', () => {
    const schema = Joi.object({
      a: Joi.string(),
      b: Joi.string(),
      one: unless(Joi.string(), 'a'),
      two: unless(Joi.string(), 'b'),
    })
    expect(() => objectSchemaOf(schema)).to.throw(TypeError, 'the field "two" uses when() on another field')
  })

  it('throws for a pattern that can not have the flag u', () => {
    expect(() => schemaOf(Joi.string().pattern(RegExp('^\\-$')))).to.throw(TypeError, "can't have the flag u: /^\\-$/")
  })

  it('throws for what is no plain object', () => {
    expect(() => objectSchemaOf(Joi.object({ a: Joi.string() }).or('a', 'b'))).to.throw(
      TypeError,
      'the property dependencies',
    )
    expect(() => objectSchemaOf(Joi.object({ a: Joi.string() }).unknown(false))).to.throw(
      TypeError,
      'the property flags',
    )
  })
})
