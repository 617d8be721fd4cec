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
    ['a condition', Joi.string().when('other', { is: 'x', otherwise: Joi.forbidden() }), 'the property whens'],
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
