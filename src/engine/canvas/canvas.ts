import { EngineError } from '../errors.ts'
import { maxSignatures } from './read-signature.ts'
import { GroupSignature, Signature, toWireSignature, type AnySignature, type ResultOf } from './signature.ts'
import { chainOf, chordOf, groupOf, headerOf, membersOf, type WireSignature } from './wire-signature.ts'

/** What one signature takes, and whether it can run alone. */
type ParentOf<One> = One extends Signature<infer Parent> ? Parent : never
type AloneOf<One> = One extends { readonly types?: { readonly alone: infer Alone } } ? Alone : never

/** What each of several gives, in their order. */
type ResultsOf<Members extends readonly AnySignature[]> = {
  -readonly [Place in keyof Members]: ResultOf<Members[Place]>
}

/** What all of several take. */
type ParentOfAll<Members extends readonly AnySignature[]> = [Members[number]] extends [Signature<infer Parent>]
  ? Parent
  : never
type AllAlone<Members extends readonly AnySignature[]> = [AloneOf<Members[number]>] extends [true] ? true : false

/** The last of several. */
type Last<Steps extends readonly AnySignature[]> = Steps extends readonly [...unknown[], infer One]
  ? One
  : Steps[number]

type At<List, Place> = Place extends keyof List ? List[Place] : never

/** For each step a signature that takes what the one before it gives. */
type Meeting<Steps extends readonly AnySignature[]> = {
  [Place in keyof Steps]: Signature<At<[never, ...ResultsOf<Steps>], Place>>
}

/**
 * One after another: each is sent when the one before it has ended well, and takes what that gave as its first argument. If one
 * fails, the rest does not run. A group in between is waited for as a whole.
 *
 * @throws EngineError ARGUMENT_INVALID for more than is taken
 */
export function chain<Steps extends [AnySignature, ...AnySignature[]]>(
  ...steps: Steps & Meeting<Steps>
): Signature<ParentOf<Steps[0]>, AloneOf<Steps[0]> extends true ? true : false, ResultOf<Last<Steps>>> {
  return new Signature(chainOf(checked('chain', steps.map(toWireSignature))))
}

/** Side by side: all are sent at once. What it gives is the list of what they give, in their order. */
export function group<Members extends readonly AnySignature[]>(
  ...members: Members
): GroupSignature<ParentOfAll<Members>, AllAlone<Members>, ResultsOf<Members>> {
  return new GroupSignature(groupOf(checked('group', members.map(toWireSignature))))
}

/**
 * A group with something after it: when all members of the header have ended well, the body is sent with the list of what they
 * gave, in their order. If one fails, the body fails with a ChordError.
 */
export function chord<Parent, Alone extends boolean, Results extends readonly unknown[], Result>(
  header: GroupSignature<Parent, Alone, Results>,
  body: Signature<NoInfer<Results>, boolean, Result>,
): Signature<Parent, Alone, Result>
export function chord<Members extends readonly AnySignature[], Result>(
  header: readonly [...Members],
  body: Signature<NoInfer<ResultsOf<Members>>, boolean, Result>,
): Signature<ParentOfAll<Members>, AllAlone<Members>, Result>
export function chord(header: AnySignature | readonly AnySignature[], body: AnySignature): AnySignature {
  const members = header instanceof Signature ? header.wire : groupOf(header.map(toWireSignature))
  const wire = chordOf(members, body.wire)
  checked('chord', membersOf(headerOf(wire)))
  return new Signature(wire)
}

function checked(what: string, members: readonly WireSignature[]): readonly WireSignature[] {
  if (members.length > 0 && members.length <= maxSignatures) return members
  const expected = `1 to ${maxSignatures} signatures`
  throw new EngineError('ARGUMENT_INVALID', `${what}: expected ${expected}, came ${members.length}`)
}
