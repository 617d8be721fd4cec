import { Ajv2020 } from 'ajv/dist/2020.js'

/**
 * A validator that knows the keywords which the document adds to JSON Schema's. OpenAPI's own, such as `discriminator`,
 * change nothing, and are not looked at.
 */
export function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, formats: { uuid: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/ } })
  ajv.addKeyword({
    keyword: 'x-after-nfkc',
    type: 'string',
    compile: (schema: object) => {
      const validate = ajv.compile(schema)
      return (text: string) => validate(text.normalize('NFKC'))
    },
  })
  ajv.addKeyword({
    keyword: 'x-max-bytes',
    type: 'string',
    validate: (most: number, text: string) => Buffer.byteLength(text) <= most,
  })
  ajv.addKeyword({
    keyword: 'x-same-as',
    validate: (
      field: string,
      value: unknown,
      schema: object | undefined,
      at?: { parentData: Record<string, unknown> },
    ) => {
      const form = (one: unknown) =>
        'x-after-nfkc' in Object(schema) && typeof one === 'string' ? one.normalize('NFKC') : one
      return form(at?.parentData[field]) === form(value)
    },
  })
  return ajv
}
