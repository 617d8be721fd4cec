import { expect } from 'chai'
import { maxSignatures, readEmbed } from '../../../../src/engine/canvas/read-signature.ts'
import { EngineError } from '../../../../src/engine/errors.ts'

const call = { task: 'proj.add', args: [1], kwargs: {}, options: {}, subtask_type: null, immutable: false }
const of = (change: object): object => ({ ...call, ...change })
const chainOf = (...tasks: object[]): object => of({ task: 'celery.chain', subtask_type: 'chain', kwargs: { tasks } })
const chordOf = (header: unknown, body: unknown): object =>
  of({ task: 'celery.chord', subtask_type: 'chord', kwargs: { header, body } })

function nested(levels: number): object {
  let signature = call as object
  for (let level = 0; level < levels; level += 1) signature = of({ options: { link: [signature] } })
  return signature
}

function refusalOf(embed: unknown): string {
  try {
    readEmbed(embed)
  } catch (error) {
    expect(error).to.be.instanceOf(EngineError).and.include({ code: 'MESSAGE_UNREADABLE' })
    return (error as Error).message
  }
  return expect.fail('it was read')
}

describe('what a message says of what comes next', () => {
  for (const embed of [null, undefined, {}, { callbacks: null, errbacks: [], chain: [], chord: null }]) {
    it(`is nothing: ${JSON.stringify(embed)}`, () => expect(readEmbed(embed)).to.equal(undefined))
  }

  it('is read with what is not known in it', () => {
    const next = of({ options: { task_id: 'x', reply_to: 'y', new: [1] }, chord_size: null })
    expect(readEmbed({ callbacks: null, errbacks: null, chain: [next], chord: null })).to.deep.equal({
      callbacks: [],
      errbacks: [],
      chain: [next],
      chord: null,
    })
  })

  it('may have a single one where a list is usual', () => {
    expect(readEmbed({ callbacks: call, errbacks: null, chain: null, chord: call })).to.deep.equal({
      callbacks: [call],
      errbacks: [],
      chain: [],
      chord: call,
    })
  })

  it('may hold every kind of signature, and its options', () => {
    const options = {
      eta: '2026-01-01T00:00:00Z',
      expires: 60,
      priority: 3,
      link: call,
      link_error: [call],
      chord: call,
    }
    const group = of({ task: 'celery.group', subtask_type: 'group', kwargs: { tasks: [call, chainOf(call)] } })
    const signatures = [of({ options }), group, chordOf(group, call), chordOf([call], call)]
    expect(readEmbed({ chain: signatures })?.chain).to.deep.equal(signatures)
  })

  const refused: [what: string, embed: unknown, message: string][] = [
    ['text', 'x', 'embed: expected an object, came a value of type string'],
    ['a number for a list', { chain: 5 }, 'chain: expected a list of signatures, came a value of type number'],
    [
      'text for a signature',
      { callbacks: ['secret'] },
      'callbacks[0]: expected a signature, came a value of type string',
    ],
    [
      'no task',
      { chain: [of({ task: '' })] },
      'chain[0].task: expected text of 1 to 1000 characters, came a value of type string',
    ],
    ['no arguments', { chain: [of({ args: {} })] }, 'chain[0].args: expected a list, came a value of type object'],
    [
      'a list of named arguments',
      { errbacks: [of({ kwargs: [] })] },
      'errbacks[0].kwargs: expected an object, came a list',
    ],
    ['no options', { chord: of({ options: null }) }, 'chord.options: expected an object, came null'],
    [
      'an id of another type',
      { chain: [of({ options: { task_id: 5 } })] },
      'chain[0].options.task_id: expected text of 1',
    ],
    [
      'a countdown for ever',
      { chain: [of({ options: { countdown: 1e300 } })] },
      'countdown: expected seconds, at most',
    ],
    ['an eta that is no time', { chain: [of({ options: { eta: 'soon' } })] }, 'expected an ISO 8601 time'],
    ['an expiry of a wrong kind', { chain: [of({ options: { expires: {} } })] }, 'expires: expected a time'],
    ['a chain of nothing', { callbacks: [chainOf()] }, 'callbacks[0]: expected a chain of at least one, came a list'],
    ['a chord without a body', { chain: [chordOf([call], null)] }, 'chain[0].body: expected a signature, came null'],
    ['a header that is a chain', { chain: [chordOf(chainOf(call), call)] }, 'chain[0].header: expected a group'],
    [
      'a callback deep in it',
      { chain: [chainOf(of({ options: { link: [1] } }))] },
      'chain[0].tasks[0].options.link[0]: ',
    ],
    [
      'too many',
      { chain: Array.from({ length: maxSignatures + 1 }, () => call) },
      'expected at most 10000 signatures, came more',
    ],
    ['too deep ones', { callbacks: [nested(101)] }, '100 deep in each other, came deeper ones'],
    [
      'arguments that are too deep',
      { chain: [of({ args: JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`) })] },
      'deeper ones',
    ],
  ]
  for (const [what, embed, message] of refused) {
    it(`is refused, and says why without what came: ${what}`, () => {
      expect(refusalOf(embed)).to.include(message).and.not.include('secret')
    })
  }

  it('may be as large as is said, and as deep', () => {
    expect(readEmbed({ chain: Array.from({ length: maxSignatures }, () => call) })?.chain).to.have.length(maxSignatures)
    expect(readEmbed({ callbacks: [nested(90)] })?.callbacks).to.have.length(1)
  })
})
