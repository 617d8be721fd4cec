import type { Profiler } from 'node:inspector'

/** Some samples that saw the same stack. */
export interface StackSample {
  /** Lines as in an Error's stack, outermost frame first; empty when no JavaScript ran. */
  readonly frames: readonly string[]
  /** How many samples, 1 or more. */
  readonly weight: number
}

/** The name under which code that we run in a thread shows up in stacks; it is left out of them. */
export const probeUrl = 'lovage:stack-probe'

const maxFrames = 20

/** A thread that ran JavaScript for less than this share of the time counts as idle. */
const leastShare = 0.05

/** Where native functions are, which have no file. */
const nativePlace = '(native)'

/**
 * Chooses the stack that says best where a thread was.
 *
 * Stack probes are exact: true lines, source maps, async callers. A CPU profile on the other hand loses the frame of an
 * endless loop, because V8 does not tell the profiler of loops that were optimized before it started. But a probe is
 * served only between two steps of JavaScript. A thread that spends its time in native functions (a synchronous hash)
 * or in microtasks is therefore seen better by the profile; its frames have the line where the function begins.
 *
 * @returns null when the thread was idle
 */
export function chooseStack(probes: readonly string[], profile: Profiler.Profile | null): string | null {
  const probed = heaviestPath(probes.map((stack) => ({ frames: framesOfStack(stack), weight: 1 })))
  const profiled = heaviestPath(profile === null ? [] : samplesOfProfile(profile))
  const innermost = profiled.at(-1)
  const inNative = innermost !== undefined && innermost.line.endsWith(nativePlace) && innermost.share > 0.5
  const better = inNative || shareOf(probed) < shareOf(profiled) / 2 ? profiled : probed
  return shareOf(better) < leastShare ? null : format(better)
}

/** The frames of an Error's stack, outermost first, without those of the probe itself. */
export function framesOfStack(stack: string): string[] {
  const lines = stack.split('\n').filter((line) => /^\s+at /.test(line) && !line.includes(probeUrl))
  return lines.toReversed()
}

/** What a CPU profile saw, one entry per node that was sampled. */
export function samplesOfProfile(profile: Profiler.Profile): StackSample[] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const samples: StackSample[] = []
  const walk = (node: Profiler.ProfileNode, outer: readonly string[], inProbe: boolean): void => {
    const probe = inProbe || node.callFrame.url === probeUrl
    const line = probe ? null : lineOf(node.callFrame)
    const frames = line === null ? outer : [...outer, line]
    if (node.hitCount) samples.push({ frames, weight: node.hitCount })
    for (const id of node.children ?? []) {
      const child = nodes.get(id)
      if (child !== undefined) walk(child, frames, probe)
    }
  }
  const root = profile.nodes[0]
  if (root !== undefined) walk(root, [], false)
  return samples
}

/** A frame as in an Error's stack, at the function's beginning; null for (root), (idle), (program) and their like. */
function lineOf(frame: Profiler.ProfileNode['callFrame']): string | null {
  if (frame.scriptId === '0' && /^\(.*\)$/.test(frame.functionName)) return null
  // The protocol counts lines and columns from 0, a stack from 1.
  const place = `${frame.url}:${frame.lineNumber + 1}:${frame.columnNumber + 1}`
  if (frame.scriptId === '0' && frame.url === '') return `    at ${frame.functionName} ${nativePlace}`
  return frame.functionName === '' ? `    at ${place}` : `    at ${frame.functionName} (${place})`
}

interface Step {
  readonly line: string
  /** Of all samples, 0 to 1. */
  readonly share: number
}

/** From the outermost frame on, always into the callee with the most samples, until most samples end in the frame. */
function heaviestPath(samples: readonly StackSample[]): Step[] {
  const total = weightOf(samples)
  const path: Step[] = []
  let within = samples
  for (;;) {
    const depth = path.length
    const callees = groupBy(within, ({ frames }) => withoutPosition(frames[depth]))
    // Samples without any frame are idle time, not a place where the thread was.
    const ended = depth === 0 ? 0 : weightOf(callees.get(null) ?? [])
    callees.delete(null)
    const heaviest = heaviestOf(callees)
    if (heaviest.length === 0 || weightOf(heaviest) < ended) return path
    const line = heaviestOf(groupBy(heaviest, ({ frames }) => frames[depth] ?? null))[0]?.frames[depth] ?? ''
    path.push({ line, share: weightOf(heaviest) / total })
    within = heaviest
  }
}

function heaviestOf(groups: Map<string | null, StackSample[]>): StackSample[] {
  return [...groups.values()].reduce((best, group) => (weightOf(group) > weightOf(best) ? group : best), [])
}

function weightOf(samples: readonly StackSample[]): number {
  return samples.reduce((sum, { weight }) => sum + weight, 0)
}

/** The same function at different lines is one callee. */
function withoutPosition(line: string | undefined): string | null {
  return line?.replace(/:\d+:\d+\)?$/, '') ?? null
}

function groupBy(
  samples: readonly StackSample[],
  keyOf: (sample: StackSample) => string | null,
): Map<string | null, StackSample[]> {
  const groups = new Map<string | null, StackSample[]>()
  for (const sample of samples) {
    const key = keyOf(sample)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [sample])
    else group.push(sample)
  }
  return groups
}

function shareOf(path: readonly Step[]): number {
  return path[0]?.share ?? 0
}

function format(path: readonly Step[]): string {
  // How Node came to call us (timers, promises, modules) is noise, unless there is nothing else.
  const ours = path.findIndex(({ line }) => !/(\(|at )node:/.test(line))
  const frames = path.slice(Math.max(ours, 0)).toReversed().slice(0, maxFrames)
  return frames.map(({ line, share }) => `${line} ${Math.round(share * 100)}%`).join('\n')
}
