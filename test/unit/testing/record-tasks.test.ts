import { expect } from 'chai'
import { chain, group } from '../../../src/engine/canvas/canvas.ts'
import { defineTask } from '../../../src/engine/task.ts'
import { recordTasks } from '../../../src/testing/index.ts'

const mail = defineTask(
  'mail.send',
  { mask: () => ['***'] },
  (_context, to: string, when: Date) => `${to} ${when.getTime()}`,
)
const count = defineTask('mail.count', {}, (_context, value: number) => value)

describe('a client that records', () => {
  const { client, tasks, sent, revoked, of, clear } = recordTasks({ mail, count })
  beforeEach(() => clear())

  const plain = {
    kwargs: {},
    queue: 'celery',
    priority: 0,
    eta: null,
    expires: null,
    timeLimit: null,
    softTimeLimit: null,
    idempotencyKey: null,
  }

  it('keeps what would be sent, as the task would get it', async () => {
    const when = new Date(0)
    const { id } = await tasks.mail.delay('a@b', when)
    expect(sent).to.deep.equal([{ id, name: 'mail.send', args: ['a@b', when], ...plain }])
    // Typed by the handler.
    const [first] = of(mail)
    expect(first?.args[1].getTime()).to.equal(0)
    expect(first?.args[1]).to.not.equal(when)
  })

  it('keeps how it would be sent', async () => {
    const eta = new Date(4_000_000_000_000)
    const options = {
      taskId: 'mine',
      queue: 'slow',
      priority: 3,
      eta,
      timeLimit: 20,
      softTimeLimit: 10,
      idempotencyKey: 'k',
    }
    await tasks.count.applyAsync([1], { ...options, expiresInSeconds: 60 })
    const [only] = sent
    expect(only).to.deep.include({
      id: 'mine',
      queue: 'slow',
      priority: 3,
      eta,
      timeLimit: 20,
      softTimeLimit: 10,
      idempotencyKey: 'k',
    })
    const seconds = (Number(only?.expires) - Date.now()) / 1000
    expect(seconds).to.be.within(0, 60)
    // As with a broker, the second call sends nothing.
    expect((await tasks.count.applyAsync([2], { idempotencyKey: 'k' })).id).to.equal('mine')
    expect(sent).to.have.length(1)
  })

  it('keeps what is sent by name, or as part of a canvas', async () => {
    await client.send('elsewhere', ['x'], { queue: 'python' })
    await client.applyAsync(client.signature('elsewhere', [], { to: 'x' }))
    await client.applyAsync(group(count.s(1), chain(count.s(2), count.s())))
    expect(sent.map(({ name, args, kwargs, queue }) => [name, args, kwargs, queue])).to.deep.equal([
      ['elsewhere', ['x'], {}, 'python'],
      ['elsewhere', [], { to: 'x' }, 'celery'],
      ['mail.count', [1], {}, 'celery'],
      ['mail.count', [2], {}, 'celery'],
    ])
    expect(of(count).map(({ args: [value] }) => value)).to.deep.equal([1, 2])
  })

  it('refuses what a client refuses, and keeps nothing of it', async () => {
    const refused = [
      client.send('elsewhere', [() => 1]),
      tasks.count.applyAsync([1], { priority: 10 }),
      tasks.count.applyAsync([1], { countdwn: 1 } as object),
    ]
    for (const one of refused) {
      expect(await one.catch((error: unknown) => error))
        .to.have.property('code')
        .that.matches(/_INVALID$/)
    }
    expect(sent).to.deep.equal([])
  })

  it('has no results, and keeps what was revoked, until it is cleared', async () => {
    const result = await tasks.count.delay(1)
    expect(await result.get().catch((error: unknown) => error)).to.include({ code: 'RESULT_MISSING' })
    await client.revoke(result.id)
    expect(revoked).to.deep.equal([result.id])
    clear()
    expect([sent, revoked]).to.deep.equal([[], []])
  })

  it('sends to the queue that it is told', async () => {
    const other = recordTasks({ count }, { defaultQueue: 'mine' })
    await other.tasks.count.delay(1)
    expect(other.sent[0]).to.include({ queue: 'mine' })
  })
})
