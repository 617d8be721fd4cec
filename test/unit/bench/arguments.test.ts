import { expect } from 'chai'
import { readArguments, UsageError } from './load-bench.ts'

const rows = ['drain', 'results', 'latency']
const read = (...args: string[]): ReturnType<typeof readArguments> => readArguments(args, rows)

describe('bench/harness/arguments.mjs', () => {
  it('takes all rows and five rounds by default, one in a quick run', () => {
    expect(read()).to.deep.equal({ help: false, quick: false, only: [], rounds: 5, out: null })
    expect(read('--quick')).to.deep.include({ quick: true, rounds: 1 })
    expect(read('--quick', '--rounds', '3')).to.deep.include({ quick: true, rounds: 3 })
  })

  it('takes --only several times, and with commas', () => {
    expect(read('--only', 'drain', '--only', 'latency,results').only).to.deep.equal(['drain', 'latency', 'results'])
  })

  it('names the rows there are where one is unknown', () => {
    expect(() => read('--only', 'drain,speed')).to.throw(
      UsageError,
      '--only: expected one of drain, results, latency, but was given "speed"',
    )
  })

  it('refuses rounds that are no number of rounds', () => {
    for (const rounds of ['0', '-1', '1.5', 'many', '1001', '']) {
      expect(() => read(`--rounds=${rounds}`), rounds).to.throw(UsageError, `but was given "${rounds}"`)
    }
  })

  it('refuses options that it does not know', () => {
    expect(() => read('--fast')).to.throw(UsageError, '--fast')
    expect(() => read('drain')).to.throw(UsageError, 'drain')
  })
})
