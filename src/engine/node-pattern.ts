import { runInNewContext } from 'node:vm'

/** Nodes chosen by their names: `glob` is Python's fnmatch, `pcre` an expression that matches from the name's start on. */
export interface NodePattern {
  readonly text: string
  readonly matcher: string
}

/** Longer patterns mean nobody, in characters. */
const longest = 1_000

/**
 * How long an expression may take, in milliseconds: anybody who reaches the broker may send one that would take for ever. Any
 * other takes next to nothing, but on a busy machine the process may have to wait for its turn.
 */
const matchMs = 1_000

/**
 * Whether a pattern means a node, as kombu.matcher has it. One that is no pattern, or takes too long, means nobody; so does an
 * unknown matcher.
 */
export function meansNode(node: string, { text, matcher }: NodePattern): boolean {
  if (text.length > longest) return false
  const source = sourceOf(text, matcher)
  if (source === null) return false
  try {
    const matches: unknown = runInNewContext(
      'new RegExp(source, "s").test(node)',
      { source, node },
      { timeout: matchMs },
    )
    return matches === true
  } catch {
    return false
  }
}

function sourceOf(text: string, matcher: string): string | null {
  if (matcher === 'pcre') return `^(?:${text})`
  return matcher === 'glob' ? `^(?:${globSource(text)})$` : null
}

/** fnmatch.translate: `*`, `?`, `[abc]`, `[!a-z]`; a `[` that nothing closes stands for itself. */
function globSource(glob: string): string {
  return glob.replaceAll(/\*+|\?|\[!?\]?[^\]]*\]|[^]/g, (part) => {
    if (part.startsWith('*')) return '.*'
    if (part === '?') return '.'
    if (part.length > 1 && part.startsWith('[')) return setSource(part.slice(1, -1))
    return escaped(part)
  })
}

function setSource(set: string): string {
  const not = set.startsWith('!')
  const members = (not ? set.slice(1) : set).replaceAll(/[\\\]^[]/g, String.raw`\$&`)
  return `[${not ? '^' : ''}${members}]`
}

function escaped(character: string): string {
  return character.replaceAll(/[$()*+./?[\\\]^{|}]/g, String.raw`\$&`)
}
