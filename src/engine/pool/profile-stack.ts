import type { Profiler } from 'node:inspector'
import { findSourceMap } from 'node:module'

const maxFrames = 20

/** A thread that ran JavaScript for less than this share of the samples counts as idle. */
const leastShare = 0.05

/** A function in the profile's call tree. */
interface Frame {
  readonly node: Profiler.ProfileNode
  readonly callees: readonly Frame[]
  /** Samples in the function itself. */
  readonly itself: number
  /** Samples in it and in what it called. */
  readonly samples: number
}

/**
 * The heaviest stack of a CPU profile: from the outermost function on, always into the callee with the most samples.
 *
 * Lines are as in an Error's stack, innermost first, at most 20, each with its share of all samples: "    at name
 * (url:line:column) 97%". A profile knows no call sites: the line is the one of the function that was sampled most, else
 * the one where the function begins, and so is it always in a file that a loader compiled (by its source map). A function
 * that calls itself has one line ("×12"). The outer frames that are Node's own (timers, modules) are left out.
 *
 * @param skipMs leaves out the samples of the first milliseconds
 * @returns null when the thread was idle
 */
export function heaviestStack(profile: Profiler.Profile, skipMs = 0): string | null {
  const root = callTree(profile, skipMs)
  if (root === null) return null
  const path = heaviestPath(root)
  if ((path[0]?.samples ?? 0) < Math.max(1, root.samples * leastShare)) return null
  const ours = path.findIndex(({ node }) => !node.callFrame.url.startsWith('node:'))
  const lines: string[] = []
  for (const run of runsOfSameFunction(path.slice(Math.max(ours, 0)))) {
    const [outermost] = run
    if (outermost === undefined) continue
    const share = Math.round((outermost.samples / root.samples) * 100)
    const times = run.length > 1 ? ` ×${run.length}` : ''
    lines.push(`    at ${describe(run)} ${share}%${times}`)
  }
  return lines.toReversed().slice(0, maxFrames).join('\n')
}

function callTree(profile: Profiler.Profile, skipMs: number): Frame | null {
  const hits = hitsOf(profile, skipMs)
  const frames = new Map<number, Frame>()
  // A node stands before its callees, so from the end on every callee is known.
  for (const node of profile.nodes.toReversed()) {
    const callees = (node.children ?? []).flatMap((id) => frames.get(id) ?? [])
    const itself = hits.get(node.id) ?? 0
    const samples = callees.reduce((sum, callee) => sum + callee.samples, itself)
    frames.set(node.id, { node, callees, itself, samples })
  }
  const root = profile.nodes[0]
  return root === undefined ? null : (frames.get(root.id) ?? null)
}

/** How often each node was the innermost. */
function hitsOf({ samples = [], timeDeltas = [] }: Profiler.Profile, skipMs: number): Map<number, number> {
  const hits = new Map<number, number>()
  let microseconds = 0
  for (const [index, id] of samples.entries()) {
    // The first delta is the time before the first sample.
    if (index > 0) microseconds += timeDeltas[index] ?? 0
    if (microseconds >= skipMs * 1000) hits.set(id, (hits.get(id) ?? 0) + 1)
  }
  return hits
}

function heaviestPath(root: Frame): Frame[] {
  const path: Frame[] = []
  for (let frame = root; ;) {
    const callees = frame.callees.filter(({ node }) => !isState(node))
    const next = callees.reduce<Frame | null>((best, one) => (best && best.samples >= one.samples ? best : one), null)
    // V8 credits a function with samples of callees that it could not name: a callee may weigh less and still count.
    const itself = frame === root ? 0 : frame.itself
    if (next === null || next.samples === 0 || next.samples < itself / 2) return path
    path.push(next)
    frame = next
  }
}

/** (root), (idle), (program), (garbage collector): what the thread did, not where. */
function isState({ callFrame }: Profiler.ProfileNode): boolean {
  return callFrame.scriptId === '0' && /^\(.*\)$/.test(callFrame.functionName)
}

function runsOfSameFunction(path: readonly Frame[]): Frame[][] {
  const runs: Frame[][] = []
  for (const frame of path) {
    const last = runs.at(-1)
    if (last?.[0] !== undefined && placeOf(last[0]) === placeOf(frame)) last.push(frame)
    else runs.push([frame])
  }
  return runs
}

function placeOf({ node: { callFrame } }: Frame): string {
  return `${callFrame.functionName} ${callFrame.scriptId}:${callFrame.lineNumber}:${callFrame.columnNumber}`
}

/** "name (url:line:column)", or "url:line:column" of a function without a name. */
function describe(run: readonly Frame[]): string {
  const frame = run[0]?.node.callFrame
  if (frame === undefined) return ''
  const { functionName, url, scriptId } = frame
  // What Node has in C++ belongs to no script.
  if (scriptId === '0') return `${functionName} (native)`
  const place = `${url}:${lineAndColumn(run, frame)}`
  return functionName === '' ? place : `${functionName} (${place})`
}

/** Counted from 1; the protocol counts where a function begins from 0. */
function lineAndColumn(run: readonly Frame[], frame: Profiler.ProfileNode['callFrame']): string {
  const original = findSourceMap(frame.url)?.findEntry(frame.lineNumber, frame.columnNumber)
  if (original !== undefined && 'originalLine' in original && original.originalSource === frame.url) {
    return `${original.originalLine + 1}:${original.originalColumn + 1}`
  }
  const line = mostSampledLine(run)
  const begin = frame.lineNumber + 1
  return line === null || line === begin ? `${begin}:${frame.columnNumber + 1}` : `${line}:1`
}

function mostSampledLine(run: readonly Frame[]): number | null {
  const ticks = new Map<number, number>()
  for (const tick of run.flatMap(({ node }) => node.positionTicks ?? [])) {
    ticks.set(tick.line, (ticks.get(tick.line) ?? 0) + tick.ticks)
  }
  const [heaviest] = [...ticks].toSorted(([, a], [, b]) => b - a)
  return heaviest?.[0] ?? null
}
