import { expect } from 'chai'
import { expandField, fieldKinds, type FieldKind } from '../../../../src/engine/beat/crontab-field.ts'
import { EngineError } from '../../../../src/engine/errors.ts'

function kind(name: FieldKind['name']): FieldKind {
  const found = fieldKinds.find((known) => known.name === name)
  if (found === undefined) throw new Error(`no field ${name}`)
  return found
}

describe('a field of a crontab', () => {
  const good: readonly (readonly [FieldKind['name'], unknown, readonly number[]])[] = [
    ['minute', 7, [7]],
    ['minute', '*/15', [0, 15, 30, 45]],
    ['minute', '1,13,30-33,50-59/4', [1, 13, 30, 31, 32, 33, 50, 54, 58]],
    ['minute', [45, 0, 45], [0, 45]],
    ['minute', ' 5 , 6 ', [5, 6]],
    ['minute', '*/99', [0]],
    ['hour', '0,8-17/2', [0, 8, 10, 12, 14, 16]],
    ['hour', '22-3', [0, 1, 2, 3, 22, 23]],
    ['hour', '22-4/2', [0, 2, 4, 22]],
    ['dayOfMonth', '*/10', [1, 11, 21, 31]],
    ['dayOfMonth', '1-7,15-21', [1, 2, 3, 4, 5, 6, 7, 15, 16, 17, 18, 19, 20, 21]],
    ['monthOfYear', '*/3', [1, 4, 7, 10]],
    ['monthOfYear', '2-12/2', [2, 4, 6, 8, 10, 12]],
    ['monthOfYear', 'nov-Feb', [1, 2, 11, 12]],
    ['dayOfWeek', '*/2', [0, 2, 4, 6]],
    ['dayOfWeek', 'mon-fri', [1, 2, 3, 4, 5]],
    ['dayOfWeek', 'Fri-Mon', [0, 1, 5, 6]],
    ['dayOfWeek', 'sunday,3', [0, 3]],
    ['dayOfWeek', '*', [0, 1, 2, 3, 4, 5, 6]],
  ]
  for (const [name, given, numbers] of good) {
    it(`${name} ${JSON.stringify(given)}`, () => expect(expandField(kind(name), given)).to.deep.equal(numbers))
  }

  const bad: readonly (readonly [FieldKind['name'], unknown])[] = [
    ['minute', 60],
    ['minute', -1],
    ['minute', 1.5],
    ['minute', null],
    ['minute', []],
    ['minute', ['1']],
    ['minute', ''],
    ['minute', '1,,2'],
    ['minute', '*/0'],
    ['minute', '*/'],
    ['minute', '*/n'],
    ['minute', '5/15'],
    ['minute', '5-'],
    ['minute', '-5'],
    ['minute', '1-2-3'],
    ['minute', '* *'],
    ['minute', 'mon'],
    ['hour', 24],
    ['hour', 'mon'],
    ['dayOfMonth', 0],
    ['dayOfMonth', '32'],
    ['monthOfYear', 13],
    ['monthOfYear', 'mon'],
    ['dayOfWeek', 7],
    ['dayOfWeek', 'monk'],
    ['dayOfWeek', 'jan'],
  ]
  for (const [name, given] of bad) {
    it(`${name}: refuses ${JSON.stringify(given)}`, () => {
      const came = JSON.stringify(given)
      expect(() => expandField(kind(name), given))
        .to.throw(EngineError, new RegExp(`^${name}: expected .*numbers from`))
        .with.property('message')
        .that.satisfies((message: string) => message.endsWith(`came ${came}`))
    })
  }
})
