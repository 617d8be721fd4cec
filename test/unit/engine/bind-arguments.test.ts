import { expect } from 'chai'
import { boundArguments } from '../../../src/engine/bind-arguments.ts'
import { PermanentError } from '../../../src/engine/errors.ts'

type Handler = (context: unknown, ...args: never[]) => unknown

const two: Handler = (_context, _mobile: never, _code: never) => 0
const one: Handler = (_context, _first: never, _second: unknown = 'its default', ..._more: never[]) => 0
const three: Handler = (_context, _a: never, _b: never, _c: never) => 0

function bind(handler: Handler, params: string[] | undefined, args: unknown[], kwargs = {}): readonly unknown[] {
  const options = params === undefined ? {} : { params }
  return boundArguments({ name: 'send', options, handler }, { args, kwargs })
}

describe('the arguments of a call', () => {
  const good: [what: string, handler: Handler, args: unknown[], kwargs: object, bound: unknown[]][] = [
    ['all by place', two, [1, 2], {}, [1, 2]],
    ['all by name, in whatever order', two, [], { code: 2, mobile: 1 }, [1, 2]],
    ['first by place, then by name', two, [1], { code: 2 }, [1, 2]],
    ['null, which is a value', two, [], { mobile: null, code: null }, [null, null]],
    ['more than were named, by place', one, [1, 2, 3], {}, [1, 2, 3]],
    ['without one that has a default', one, [], { mobile: 1 }, [1]],
    ['with a gap, where the default is', one, [1], { last: 3 }, [1, undefined, 3]],
  ]
  for (const [what, handler, args, kwargs, bound] of good) {
    it(`are bound: ${what}`, () => {
      expect(bind(handler, ['mobile', 'code', 'last'], args, kwargs)).to.deep.equal(bound)
    })
  }

  it('are the very list that came, where none came by name', () => {
    const args = [1, 2]
    expect(bind(two, ['mobile', 'code'], args)).to.equal(args)
  })

  // What Python 3 says of such a call.
  const names = ['mobile', 'code']
  const bad: [
    what: string,
    handler: Handler,
    params: string[] | undefined,
    args: unknown[],
    kwargs: object,
    says: string,
  ][] = [
    ['a name too many', two, names, [1], { kode: 2 }, "got an unexpected keyword argument 'kode'"],
    [
      'a name of the object itself',
      two,
      names,
      [1, 2],
      { constructor: 2 },
      "unexpected keyword argument 'constructor'",
    ],
    ['one value twice', two, names, [1, 2], { mobile: 3 }, "got multiple values for argument 'mobile'"],
    ['one missing', two, names, [1], {}, "missing 1 required positional argument: 'code'"],
    ['the first one missing', two, names, [], { code: 2 }, "missing 1 required positional argument: 'mobile'"],
    ['two missing', two, names, [], {}, "missing 2 required positional arguments: 'mobile' and 'code'"],
    ['three missing', three, ['a', 'b', 'c'], [], {}, "missing 3 required positional arguments: 'a', 'b', and 'c'"],
    ['one missing where none has a name', two, undefined, [1], {}, 'takes 2 arguments, came 1'],
    ['a name where none has one', two, undefined, [1], { b: 2 }, 'takes its arguments by place, came by name: b'],
    ['a very long name', two, names, [], { ['x'.repeat(500)]: 1 }, `argument '${'x'.repeat(97)}...'`],
  ]
  for (const [what, handler, params, args, kwargs, says] of bad) {
    it(`are refused: ${what}`, () => {
      expect(() => bind(handler, params, args, kwargs))
        .to.throw(PermanentError, says)
        .with.property('type', 'TypeError')
    })
  }

  it('are never shown where they are refused', () => {
    expect(() => bind(two, names, ['13800000000'], { kode: '123456' })).to.throw(/^send\(\) [^0-9]+$/)
  })
})
