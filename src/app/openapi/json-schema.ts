/** A JSON Schema of draft 2020-12, as OpenAPI 3.1 takes it, with the keywords that are used here. */
export interface JsonSchema {
  $ref?: string
  type?: 'object' | 'string' | 'integer' | 'boolean' | 'array'
  properties?: Readonly<Record<string, JsonSchema>>
  required?: readonly string[]
  items?: JsonSchema
  enum?: readonly unknown[]
  const?: unknown
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  pattern?: string
  format?: 'uuid' | 'date-time'
  allOf?: readonly JsonSchema[]
  anyOf?: readonly JsonSchema[]
  oneOf?: readonly JsonSchema[]
  not?: JsonSchema
  if?: JsonSchema
  else?: JsonSchema
  discriminator?: { propertyName: string }
  default?: unknown
  description?: string
  examples?: readonly unknown[]
  /** What holds of a text once it is brought to NFKC. JSON Schema has no word for it. */
  'x-after-nfkc'?: JsonSchema
  /** Most bytes of a text in UTF-8. JSON Schema counts code points alone. */
  'x-max-bytes'?: number
  /** The name of another field that must have the same value, beside `x-after-nfkc` in NFKC. JSON Schema can't compare two. */
  'x-same-as'?: string
  /** More is checked than a schema can say. */
  'x-incomplete'?: true
}
