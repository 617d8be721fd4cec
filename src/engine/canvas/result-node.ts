import type { Json } from '../wire-value.ts'

/** A result to come, with the one that it waits for: Celery's AsyncResult, or with members its GroupResult. */
export interface ResultNode {
  readonly id: string
  readonly parent: ResultNode | null
  /** null: it is the result of one task. */
  readonly members: readonly ResultNode[] | null
}

/** Celery's `as_tuple()` of a result, without its parents: how it stands among the children of another. */
export function tupleOf({ id, members }: ResultNode): Json {
  return [[id, null], members === null ? null : members.map(tupleOf)]
}

/** The same result, whose first ancestor waits for `parent`. */
export function under(node: ResultNode, parent: ResultNode | null): ResultNode {
  const line: ResultNode[] = []
  for (let one: ResultNode | null = node; one !== null; one = one.parent) line.push(one)
  return line.reduceRight<ResultNode>((above, one) => ({ ...one, parent: above }), parent as ResultNode)
}
