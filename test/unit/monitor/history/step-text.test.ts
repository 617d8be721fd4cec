import { expect } from 'chai'
import { mostStepBytes, readStep, stepText } from '../../../../src/monitor/history/step-text.ts'
import { endsIn, otherTasks } from '../../../../src/monitor/history/step.ts'
import { aQueue, aStep, aTask } from './a-step.ts'

describe('the text of a step', () => {
  it('is read as it was', () => {
    const step = aStep({
      running: 1.25,
      queues: { celery: aQueue({ waiting: 5, scheduled: 4, retrying: 3, dead: 2, oldestAge: 1_000 }), mail: aQueue() },
      tasks: { add: aTask([1, 20, 20, 500, 9e9], 2), __proto__x: aTask([3]) },
    })
    expect(readStep(stepText(step))).to.deep.equal(step)
  })

  it('is short where there is little', () => {
    expect(stepText(aStep({ queues: { celery: aQueue() } }))).to.equal(
      '{"m":10000,"r":0,"q":{"celery":[0,0,0,0,-1]},"t":{}}',
    )
    const task = aStep({ tasks: { 'shop.send_mail': aTask([3, 5, 5, 8, 12]) } })
    expect(Buffer.byteLength(stepText(task))).to.be.lessThan(150)
  })

  it('is bounded: the tasks that ran the least are put together, and none is left out', () => {
    const everywhere = Array.from({ length: 92 }, (_value, place) => 0.11 * 1.26 ** place)
    const names = Array.from({ length: 300 }, (_value, index) => `${'x'.repeat(150)}${index}`)
    const step = aStep({
      tasks: Object.fromEntries(
        names.map((name, index) => [name, aTask(index === 299 ? [...everywhere, 1] : everywhere)]),
      ),
      queues: Object.fromEntries(names.map((name) => [name, aQueue({ waiting: 1e6, oldestAge: 1e9 })])),
    })
    const text = stepText(step)
    expect(Buffer.byteLength(text)).to.be.within(mostStepBytes / 2, mostStepBytes)
    const read = readStep(text)
    expect(read?.tasks.has(names[299] ?? '')).to.equal(true)
    expect(read?.tasks.has(otherTasks)).to.equal(true)
    expect(endsIn(read?.tasks.values() ?? [])).to.equal(300 * 92 + 1)
    expect(read?.queues.size).to.be.within(10, 100)
  })

  it('is cut where names are long, and holds many bytes in few characters', () => {
    const text = stepText(aStep({ tasks: { ['长'.repeat(5_000)]: aTask([1]) } }))
    expect(readStep(text)?.tasks.has('长'.repeat(200))).to.equal(true)
  })

  for (const text of [
    '',
    'null',
    '[]',
    '{}',
    '{"m":-1,"r":0,"q":{},"t":{}}',
    '{"m":"1","r":0,"q":{},"t":{}}',
    '{"m":1,"r":0,"q":{"a":[1]},"t":{}}',
    '{"m":1,"r":0,"q":{},"t":{"a":[[0,1]]}}',
    '{"m":1,"r":0,"q":{},"t":{"a":[[0,null],[],[],[]]}}',
    '{"m":1,"r":0,"q":null,"t":{}}',
  ]) {
    it(`is none: ${text === '' ? 'an empty one' : text}`, () => expect(readStep(text)).to.equal(null))
  }

  it('of a newer version may have more places', () => {
    const step = readStep('{"m":1,"r":0,"q":{},"t":{"a":[[0,1,99,5],[200,7],[],[]]}}')
    expect(endsIn(step?.tasks.values() ?? [])).to.equal(1)
  })
})
