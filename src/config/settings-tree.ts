/** Whether a value is a group of settings rather than one setting. */
export function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What a tree of groups holds under a dotted path, or undefined. */
export function valueAt(tree: unknown, path: string): unknown {
  return path.split('.').reduce((group, name) => (isGroup(group) ? group[name] : undefined), tree)
}
