import { printable } from './terminal-text.ts'

/** What `inspect ping` prints, as Celery prints it. */
export function formatPing(replies: ReadonlyMap<string, unknown>): string {
  const nodes = [...replies].map(([node, reply]) => {
    const { ok, error } = (reply ?? {}) as { ok?: unknown; error?: unknown }
    const [status, said] = error === undefined ? ['OK', ok] : ['ERROR', error]
    return `->  ${printable(node)}: ${status}\n        ${printable(text(said))}\n`
  })
  return `${nodes.join('')}\n${replies.size} ${replies.size === 1 ? 'node' : 'nodes'} online.\n`
}

function text(said: unknown): string {
  return typeof said === 'string' ? said : (JSON.stringify(said) ?? '- empty -')
}
