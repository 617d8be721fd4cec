import { expect } from 'chai'
import type { Profiler } from 'node:inspector'
import { findSourceMap } from 'node:module'
import { heaviestStack } from '../../../../src/engine/pool/profile-stack.ts'

/** A function in a made-up profile; lines and columns count from 0, as in the protocol. */
interface Call {
  readonly name: string
  readonly url?: string
  readonly line?: number
  readonly column?: number
  readonly scriptId?: string
  /** Samples in the function itself. */
  readonly hits?: number
  readonly ticks?: readonly Profiler.PositionTickInfo[]
  readonly calls?: readonly Call[]
}

/** A profile with one sample per millisecond. */
function profileOf(calls: readonly Call[]): Profiler.Profile {
  const nodes: Profiler.ProfileNode[] = []
  const samples: number[] = []
  const add = (call: Call): number => {
    const { name: functionName, url = 'file:///tasks/a.js', line = 0, column = 0, scriptId = '7' } = call
    const id = nodes.length + 1
    const children: number[] = []
    const callFrame = { functionName, scriptId, url, lineNumber: line, columnNumber: column }
    nodes.push({ id, callFrame, hitCount: call.hits ?? 0, children, positionTicks: [...(call.ticks ?? [])] })
    for (let i = 0; i < (call.hits ?? 0); i++) samples.push(id)
    children.push(...(call.calls ?? []).map(add))
    return id
  }
  add({ ...state('(root)', 0), calls })
  return { nodes, startTime: 0, endTime: samples.length * 1000, samples, timeDeltas: samples.map(() => 1000) }
}

function state(name: string, hits: number): Call {
  return { name, url: '', line: -1, column: -1, scriptId: '0', hits }
}

const timers = { name: 'listOnTimeout', url: 'node:internal/timers' }

describe('heaviestStack', () => {
  it('lists the frames innermost first, each with its share of all samples', () => {
    const inner = { name: 'inner', line: 2, column: 8, hits: 60 }
    const profile = profileOf([
      { name: 'handler', line: 9, column: 4, hits: 20, calls: [inner] },
      state('(program)', 20),
    ])
    expect(heaviestStack(profile)).to.equal(
      '    at inner (file:///tasks/a.js:3:9) 60%\n    at handler (file:///tasks/a.js:10:5) 80%',
    )
  })

  it('follows the callee with the most samples, not the one with the most in itself', () => {
    const deep = { name: 'deep', calls: [{ name: 'x', hits: 30 }, { name: 'y', hits: 30 }] } // prettier-ignore
    const stack = heaviestStack(profileOf([{ name: 'handler', calls: [{ name: 'flat', hits: 40 }, deep] }]))
    expect(stack).to.contain('at deep ').and.not.contain('at flat ')
  })

  it('ends in a function that had most samples itself', () => {
    const profile = profileOf([{ name: 'loop', hits: 90, calls: [{ name: 'rare', hits: 10 }] }])
    expect(heaviestStack(profile)).to.equal('    at loop (file:///tasks/a.js:1:1) 100%')
  })

  it('is null for a thread that was idle, or nearly', () => {
    const hardly = { name: 'tick', hits: 4 }
    expect(heaviestStack(profileOf([state('(idle)', 100)]))).to.equal(null)
    expect(heaviestStack(profileOf([state('(program)', 90), state('(garbage collector)', 10)]))).to.equal(null)
    expect(heaviestStack(profileOf([state('(idle)', 96), hardly]))).to.equal(null)
    expect(heaviestStack(profileOf([state('(idle)', 76), hardly]))).to.equal('    at tick (file:///tasks/a.js:1:1) 5%')
  })

  it('is null for a profile without samples', () => {
    expect(heaviestStack(profileOf([]))).to.equal(null)
    expect(heaviestStack({ nodes: [], startTime: 0, endTime: 0 })).to.equal(null)
  })

  it("leaves out Node's own frames at the outer end, and keeps those further in", () => {
    const hash = { name: 'pbkdf2Sync', url: 'node:internal/crypto/pbkdf2', hits: 10 }
    const profile = profileOf([{ ...timers, calls: [{ name: 'handler', calls: [hash] }] }])
    expect(heaviestStack(profile)).to.equal(
      '    at pbkdf2Sync (node:internal/crypto/pbkdf2:1:1) 100%\n    at handler (file:///tasks/a.js:1:1) 100%',
    )
  })

  it("shows Node's own frames where there are no others", () => {
    expect(heaviestStack(profileOf([{ ...timers, hits: 10 }]))).to.equal(
      '    at listOnTimeout (node:internal/timers:1:1) 100%',
    )
  })

  it('shows native functions as such, and functions without a name by their place', () => {
    const native = { name: 'run', url: '', line: -1, column: -1, scriptId: '0', hits: 10 }
    expect(heaviestStack(profileOf([{ name: '', line: 4, column: 2, calls: [native] }]))).to.equal(
      '    at run (native) 100%\n    at file:///tasks/a.js:5:3 100%',
    )
  })

  it('gives the line that was sampled most, in place of the one where the function begins', () => {
    const ticks = [{ line: 12, ticks: 3 }, { line: 14, ticks: 7 }] // prettier-ignore
    expect(heaviestStack(profileOf([{ name: 'loop', line: 9, column: 5, hits: 10, ticks }]))).to.equal(
      '    at loop (file:///tasks/a.js:14:1) 100%',
    )
  })

  it('gives where the function begins in the source of a file that a loader compiled', () => {
    // This test file is one, and was put on fewer lines by it.
    const url = import.meta.url
    const map = findSourceMap(url)
    const places = [0, 1, 2].flatMap((line) => Array.from({ length: 2000 }, (_, column) => ({ line, column })))
    const found = places.flatMap((place) => {
      const entry = map?.findEntry(place.line, place.column)
      return entry !== undefined && 'originalLine' in entry && entry.originalLine > 20 ? [{ ...place, entry }] : []
    })[0]
    expect(found, 'a place in the source map').to.not.equal(undefined)
    if (found === undefined) return
    const { line, column, entry } = found
    const ticks = [{ line: 2, ticks: 10 }]
    expect(heaviestStack(profileOf([{ name: 'loop', url, line, column, hits: 10, ticks }]))).to.equal(
      `    at loop (${url}:${entry.originalLine + 1}:${entry.originalColumn + 1}) 100%`,
    )
  })

  it('gives a function that calls itself one line', () => {
    const down = (depth: number): Call => ({
      name: 'down',
      ...(depth === 0 ? { hits: 10 } : { calls: [down(depth - 1)] }),
    })
    expect(heaviestStack(profileOf([{ name: 'handler', line: 3, calls: [down(9)] }]))).to.equal(
      '    at down (file:///tasks/a.js:1:1) 100% ×10\n    at handler (file:///tasks/a.js:4:1) 100%',
    )
  })

  it('keeps the 20 innermost frames', () => {
    const nest = (depth: number): Call => ({
      name: `f${depth}`,
      line: depth,
      ...(depth === 30 ? { hits: 10 } : { calls: [nest(depth + 1)] }),
    })
    const lines = heaviestStack(profileOf([nest(1)]))?.split('\n') ?? []
    expect(lines).to.have.length(20)
    expect(lines[0]).to.contain('at f30 ')
    expect(lines[19]).to.contain('at f11 ')
  })

  it('leaves out what was sampled in the first milliseconds', () => {
    const profile = profileOf([{ name: 'first', hits: 100 }, { name: 'then', hits: 20 }]) // prettier-ignore
    expect(heaviestStack(profile)).to.contain('at first ')
    expect(heaviestStack(profile, 100)).to.equal('    at then (file:///tasks/a.js:1:1) 100%')
  })
})
