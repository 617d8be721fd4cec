import { readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { TaskError } from '../../../src/engine/index.ts'
import type { SendOptions } from '../../../src/engine/send-options.ts'
import type { TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { FaultLab, outcomeOf } from '../../support/fault-lab.ts'

/** A message of a real Celery, as if its sender had given time limits. */
function goldenWithLimits(task: string, args: unknown[], timelimit: [number | null, number | null]): string {
  const [line = ''] = readFileSync(new URL('../../fixtures/celery/task_messages.jsonl', import.meta.url), 'utf8').split(
    '\n',
  )
  const message = JSON.parse((JSON.parse(line) as { raw: string }).raw) as { headers: object }
  const body = Buffer.from(JSON.stringify([args, {}, null])).toString('base64')
  return JSON.stringify({ ...message, body, headers: { ...message.headers, task, timelimit } })
}

describe('a task at its soft time limit', () => {
  const lab = new FaultLab()
  let engine: TestEngine

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  const thread = (line: string | undefined): number => Number(line?.split(' ')[2])

  it('is told by its signal; one that rejects with its reason fails with SoftTimeLimitExceeded', async () => {
    engine = await lab.worker()
    const error = await outcomeOf(engine.client.send('fault.obedient', [], { softTimeLimit: 0.2 }))
    expect(error).to.be.instanceOf(TaskError).and.include({ type: 'SoftTimeLimitExceeded', state: 'FAILURE' })
    expect(String(error)).to.include('the soft time limit of 0.2 s is over')
  })

  it('fails with it also where Node makes an AbortError of the signal', async () => {
    engine = await lab.worker()
    const error = await outcomeOf(engine.client.send('fault.aborts', [], { softTimeLimit: 0.2 }))
    expect(error).to.include({ type: 'SoftTimeLimitExceeded' })
  })

  it('may still succeed when it has tidied up', async () => {
    engine = await lab.worker()
    expect(await outcomeOf(engine.client.send('fault.tidies', [], { softTimeLimit: 0.2 }))).to.equal('tidied up')
  })

  it('is run again while its retries last, then it is a dead letter', async () => {
    engine = await lab.worker()
    const error = await outcomeOf(engine.client.send('fault.heeds', [60_000], { softTimeLimit: 0.1 }))
    expect(error).to.include({ type: 'SoftTimeLimitExceeded' })
    const [dead] = await engine.aside('dead')
    expect(dead?.note).to.include({ error: 'SoftTimeLimitExceeded', retries: 2 })
  })

  it('is ended with its thread when it goes on after the grace: what it meant to do never happens', async () => {
    engine = await lab.worker()
    const error = await outcomeOf(engine.client.send('fault.held', [lab.notebook], { softTimeLimit: 0.2 }))
    expect(error).to.include({ type: 'SoftTimeLimitExceeded' })
    writeFileSync(`${lab.notebook}.go`, '')
    const others = await Promise.all(
      Array.from({ length: 8 }, () => outcomeOf(engine.client.send('fault.where', [40]))),
    )
    expect(others, 'its thread is for nobody else').not.to.include(thread(lab.notes()[0]))
    expect(lab.notes())
      .to.have.length(1)
      .and.to.match(/^start/)
  })

  it('leaves its thread to nobody while it is found out where it hangs', async () => {
    engine = await lab.worker({ concurrency: 3 })
    for (let round = 1; round <= 3; round += 1) {
      const over = new AbortController()
      const deaf = outcomeOf(engine.client.send('fault.held', [lab.notebook], { softTimeLimit: 0.3 }))
      const ended = deaf.finally(() => over.abort())
      await eventually(() => expect(lab.notes()).to.have.length(round))
      const others = new Set<unknown>()
      const stream = async (): Promise<void> => {
        while (!over.signal.aborted) others.add(await outcomeOf(engine.client.send('fault.where', [0])))
      }
      await Promise.all([stream(), stream()])
      expect(await ended).to.include({ type: 'SoftTimeLimitExceeded' })
      expect([...others]).not.to.be.empty.and.not.to.include(thread(lab.notes().at(-1)))
    }
  })

  it('may have a limit of a year', async () => {
    engine = await lab.worker()
    const limits = { softTimeLimit: 365 * 86_400, timeLimit: 366 * 86_400 }
    expect(await outcomeOf(engine.client.send('fault.heeds', [300], limits))).to.equal('in time')
  })

  describe('which limit holds', () => {
    const soft = (seconds: number): string => `SoftTimeLimitExceeded: the soft time limit of ${seconds} s is over`
    const hard = (seconds: number): string =>
      `TimeLimitExceeded: the hard time limit of ${seconds} s is over: its thread was ended`

    const cases: [string, string, number, SendOptions, { softTimeLimit?: number; timeLimit?: number }, string][] = [
      ['the message’s, sooner than the task’s own', 'fault.patient', 60_000, { softTimeLimit: 0.2 }, {}, soft(0.2)],
      ['the message’s, later than the task’s own', 'fault.hurried', 700, { softTimeLimit: 30 }, {}, 'in time'],
      ['the message’s hard one over the task’s own', 'fault.patient', 60_000, { timeLimit: 0.2 }, {}, hard(0.2)],
      ['the task’s own, sooner than the process’s', 'fault.hurried', 60_000, {}, { softTimeLimit: 20 }, soft(0.3)],
      [
        'the task’s own, later than the process’s',
        'fault.patient',
        700,
        {},
        { softTimeLimit: 0.1, timeLimit: 0.2 },
        'in time',
      ],
      ['the process’s where nobody else says', 'fault.heeds', 60_000, {}, { softTimeLimit: 0.2 }, soft(0.2)],
      ['the process’s hard one where nobody else says', 'fault.heeds', 60_000, {}, { timeLimit: 0.2 }, hard(0.2)],
      ['the message’s over the process’s', 'fault.heeds', 700, { timeLimit: 30 }, { timeLimit: 0.2 }, 'in time'],
    ]
    for (const [which, task, milliseconds, options, limits, expected] of cases) {
      it(which, async () => {
        engine = await lab.worker({ limits })
        const outcome = await outcomeOf(engine.client.send(task, [milliseconds], options))
        expect(outcome instanceof TaskError ? outcome.message : outcome).to.equal(expected)
      })
    }

    for (const [limits, expected] of [
      [[null, 0.2], soft(0.2)],
      [[0.2, null], hard(0.2)],
      [[30, 0.2], soft(0.2)],
    ] satisfies [[number | null, number | null], string][]) {
      it(`a Celery client’s timelimit is [hard, soft]: ${JSON.stringify(limits)}`, async () => {
        engine = await lab.worker()
        const text = goldenWithLimits('fault.patient', [60_000], limits)
        await engine.redis.lpush(engine.keys.list('celery'), text)
        const { headers } = JSON.parse(text) as { headers: { id: string } }
        const outcome = await outcomeOf(Promise.resolve(engine.client.asyncResult(headers.id)))
        expect(outcome).to.be.instanceOf(TaskError).and.include({ message: expected })
        await engine.redis.del(`celery-task-meta-${headers.id}`)
      })
    }
  })
})
