/** How Python's `repr` would print JSON-like values: what Celery's tools show as a task's arguments. */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`
  if (value instanceof Date) return quote(value.toISOString())
  if (value instanceof Uint8Array) return `<${value.byteLength} bytes>`
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, member]) => `${quote(key)}: ${pythonRepr(member)}`)
      .join(', ')}}`
  }
  return quote(`<${typeof value}>`)
}

/** A tuple as Python prints it, cut at `limit` characters like Celery's `argsrepr` (its own limit is 1024). */
export function tupleRepr(values: readonly unknown[], limit = 1024): string {
  if (values.length === 0) return '()'
  const text = values.length === 1 ? `(${pythonRepr(values[0])},)` : `(${values.map(pythonRepr).join(', ')})`
  return text.length <= limit ? text : `${text.slice(0, limit - 3)}...`
}

/** Text that Python shows as it is, between two quotes. */
const plain = /^[^'\\\n\r\t]*$/

function quote(text: string): string {
  if (plain.test(text)) return `'${text}'`
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')
  return text.includes("'") && !text.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`
}
