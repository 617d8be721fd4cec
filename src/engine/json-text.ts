/** Text that is the same in JSON. */
const plain = /^[ !#-[\]-~]*$/

/** JSON.stringify of a text, without its price where there is nothing to escape. */
export function jsonText(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text)
}
