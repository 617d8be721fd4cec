import { expect } from 'chai'
import { readBody } from '../../../../src/engine/body.ts'
import type { TaskOptions } from '../../../../src/engine/task.ts'
import { readJson } from '../golden-messages.ts'
import { claimOf, ended, executorOf, now, success } from './executor-of.ts'

const note = { taskId: 'an-id', taskName: 'proj.add' }
describe('a claim on its way', () => {
  it('is run with what the message says, and settled', async () => {
    const { execute, runs, settled, marked, stored } = executorOf()
    const done = execute(claimOf())
    const { args, answer } = await runs.next()
    expect(args[0]).to.deep.include({ key: 7, id: 'an-id', name: 'proj.add', retries: 0, isolated: false })
    expect(readBody(args[0]).args).to.deep.equal([2, 3])
    answer(success)
    await done
    expect(settled).to.deep.equal([[['SUCCESS', 5], {}]])
    expect([marked, stored]).to.deep.equal([[], []])
  })

  const unread: [what: string, raw: Buffer | Uint8Array, aside: object | null][] = [
    [
      'unreadable',
      Buffer.from('hello'),
      { kind: 'unreadable', reason: 'expected JSON, came other text', taskId: null, taskName: null },
    ],
    [
      'of an unknown task',
      claimOf({ name: 'other' }).raw,
      { ...note, kind: 'unknown', reason: 'no task is named other', taskName: 'other' },
    ],
    ['due later', claimOf({ eta: now + 1 }).raw, null],
    ['of an unknown task, and due later', claimOf({ name: 'other', eta: now + 1 }).raw, null],
  ]
  for (const [what, raw, aside] of unread) {
    it(`is not run: ${what}`, async () => {
      const { execute, runs, settled } = executorOf()
      await execute({ ...claimOf(), raw })
      expect(settled).to.deep.equal([[null, aside === null ? { schedule: { due: now + 1 } } : { aside }]])
      expect(runs.count).to.equal(0)
    })
  }

  it('is counted where it is not run', async () => {
    const { execute, tally, revoked } = executorOf()
    for (const raw of [Buffer.from('hello'), yaml({}, 'other'), claimOf({ name: 'other' }).raw, yaml()]) {
      await execute({ ...claimOf(), raw })
    }
    await execute(claimOf({ expiresAt: now }))
    revoked.add('an-id')
    await execute(claimOf())
    const { tasks, unknown, unreadable } = tally.snapshot()
    expect([unknown, unreadable]).to.deep.equal([1, 2])
    expect([...tasks.keys()], 'no name that a message brings').to.deep.equal(['proj.add'])
    expect(tasks.get('proj.add')?.ends).to.include({ unreadable: 1, expired: 1, revoked: 1, succeeded: 0 })
  })

  const yaml = (headers: object = {}, name = 'proj.add'): Buffer => {
    const written = readJson(Buffer.from(claimOf({ name }).raw))
    const changed = { ...written, 'content-type': 'application/x-yaml', headers: { ...written.headers, ...headers } }
    return Buffer.from(JSON.stringify(changed))
  }
  describe('where messages of unknown tasks are for others', () => {
    const noTask = Buffer.from(claimOf().raw.toString().replace('"task":"proj.add",', ''))
    const cases: [what: string, raw: Buffer | Uint8Array, end: 'left' | 'settled'][] = [
      ['one of an unknown task is left', claimOf({ name: 'other' }).raw, 'left'],
      ['one of an unknown task in another format is left', yaml({}, 'other'), 'left'],
      [
        'one of an unknown task that is due later is kept until then',
        claimOf({ name: 'other', eta: now + 1 }).raw,
        'settled',
      ],
      ['one of a known task in another format is ours to refuse', yaml(), 'settled'],
      ['one that names no task is set aside', noTask, 'settled'],
      ['garbage is set aside', Buffer.from('hello'), 'settled'],
    ]
    for (const [what, raw, end] of cases) {
      it(what, async () => {
        const { execute, left, settled } = executorOf({ leavesUnknown: true })
        await execute({ ...claimOf(), raw })
        expect([left, settled].map((list) => list.length)).to.deep.equal(end === 'left' ? [1, 0] : [0, 1])
        if (end === 'left') expect(left).to.deep.equal([['an-id', 'other']])
      })
    }
  })

  const reason = 'expected content-type application/json, came "application/x-yaml"'
  const failure = ['FAILURE', { exc_type: 'DecodeError', exc_message: [reason], exc_module: 'kombu.exceptions' }]
  const untold: [what: string, raw: Buffer, options: TaskOptions<never[]>, result: unknown, task: string][] = [
    ['and whoever waits for it is told', yaml(), {}, failure, 'proj.add'],
    ['and nobody is told where the message says so', yaml({ ignore_result: true }), {}, null, 'proj.add'],
    ['and nobody is told where the task says so', yaml(), { ignoreResult: true }, null, 'proj.add'],
    ['and nobody is told of a task that is not known here', yaml({}, 'other'), {}, null, 'other'],
  ]
  for (const [what, raw, options, result, taskName] of untold) {
    it(`is not run where it is in another format, ${what}`, async () => {
      const { execute, runs, settled, logger } = executorOf({ options })
      await execute({ ...claimOf(), raw })
      expect(settled).to.deep.equal([[result, { aside: { kind: 'unreadable', reason, taskId: 'an-id', taskName } }]])
      expect(runs.count).to.equal(0)
      const fields = { queue: 'celery', reason, task: taskName, taskId: 'an-id' }
      expect(logger.lines).to.deep.equal([['error', 'unreadable message set aside', fields]])
    })
  }

  it('is run when it is due now', async () => {
    const { execute, runs } = executorOf()
    void execute(claimOf({ eta: now }))
    await runs.next()
  })

  it('is not run when it has expired, or was revoked, and gives its slot back', async () => {
    const { execute, slots, runs, settled, revoked } = executorOf()
    await execute(claimOf({ expiresAt: now }))
    revoked.add('an-id')
    await execute(claimOf())
    expect(settled).to.deep.equal([
      [ended('expired'), {}],
      [ended('revoked'), {}],
    ])
    expect([runs.count, slots.room(0)]).to.deep.equal([0, 1])
  })

  it('is left as it is when there are no slots any more', async () => {
    const { execute, slots, runs, settled } = executorOf()
    slots.close()
    await execute(claimOf())
    expect([runs.count, settled]).to.deep.equal([0, []])
  })

  it('is marked before it starts where it must not be repeated', async () => {
    const { execute, runs, settled, marked } = executorOf({ options: { onUncertain: 'fail' } })
    const done = execute(claimOf())
    const { answer } = await runs.next()
    expect(marked).to.deep.equal([[7, 'an-id']])
    answer(success)
    await done
    expect(settled).to.deep.equal([[['SUCCESS', 5], { startedId: 'an-id' }]])
  })

  it('fails as UNCERTAIN where it was started before and must not be repeated', async () => {
    const { execute, runs, settled } = executorOf({ options: { onUncertain: 'fail' }, firstStart: false })
    await execute(claimOf())
    expect(runs.count).to.equal(0)
    expect(settled).to.have.nested.property('[0][0][1].exc_type', 'UNCERTAIN')
    expect(settled).to.have.nested.property('[0][1].aside.kind', 'dead')
    expect(settled).to.have.nested.property('[0][1].startedId', 'an-id')
  })

  it('needs an onUncertain that says what it should', () => {
    expect(() => executorOf({ options: { onUncertain: () => 'maybe' as 'fail' } }))
      .to.throw('onUncertain')
      .with.property('code', 'OPTION_INVALID')
  })
})
