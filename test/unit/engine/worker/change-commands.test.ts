import { expect } from 'chai'
import { controlledNode, goldenArguments, goldenReply, inHand, known } from './controlled-node.ts'

const id = 'aaaaaaaa-0000-0000-0000-000000000002'
const slow = known('proj.slow')

/** What a command says that can't be carried out. */
async function refusal(method: string, given: Record<string, unknown>): Promise<string> {
  const { ask, told } = controlledNode({ tasks: new Map([known('proj.add')]) })
  const error: unknown = await ask(method, given).catch((thrown: unknown) => thrown)
  expect(told, 'nothing is done').to.deep.equal([])
  return error instanceof Error ? error.message : 'none'
}

describe('what a node is told to do', () => {
  it('revoke: says what Celery says', async () => {
    const { ask, told } = controlledNode()
    expect(await ask('revoke', goldenArguments('revoke'))).to.deep.equal(goldenReply('revoke'))
    expect(told).to.deep.equal([['revoke', [id], false]])
  })

  it('revoke: one id, several, none', async () => {
    const { ask, told } = controlledNode()
    expect(await ask('revoke', { task_id: 'a', terminate: false, signal: 'SIGTERM' })).to.deep.equal({
      ok: "tasks {'a'} flagged as revoked",
    })
    expect(await ask('revoke', { task_id: ['a', 'b', 'a'] })).to.deep.equal({
      ok: "tasks {'a', 'b'} flagged as revoked",
    })
    expect(await ask('revoke')).to.deep.equal({ ok: 'tasks set() flagged as revoked' })
    expect(told.map(([, ids]) => ids)).to.deep.equal([['a'], ['a', 'b'], []])
  })

  it('revoke: nothing more where that is noted in Redis already, from which a node reads it', async () => {
    const { ask, told } = controlledNode()
    await ask('revoke', { task_id: 'a', terminate: true, signal: 'SIGTERM', lovage_noted: true })
    expect(told).to.deep.equal([])
  })

  it('terminate: says what Celery says, of what is here', async () => {
    const { ask, told } = controlledNode({ inHand: [inHand(slow, true, { id: 'here' })] })
    expect(await ask('terminate', goldenArguments('terminate'))).to.deep.equal(goldenReply('terminate'))
    expect(await ask('terminate', { signal: 'KILL', task_id: ['here', 'elsewhere'] })).to.deep.equal({
      ok: 'terminate: here',
    })
    expect(await ask('revoke', { task_id: 'here', terminate: true })).to.deep.equal({ ok: 'terminate: here' })
    expect(told.slice(1)).to.deep.equal([
      ['revoke', ['here', 'elsewhere'], true],
      ['revoke', ['here'], true],
    ])
  })

  it('time_limit: of the tasks that start from now on', async () => {
    const add = known('proj.add', { timeLimit: 60 })
    const { ask } = controlledNode({ tasks: new Map([add]) })
    expect(await ask('time_limit', goldenArguments('time_limit'))).to.deep.equal(goldenReply('time_limit'))
    expect([add[1].softTimeLimit, add[1].timeLimit]).to.deep.equal([5, 10])
    await ask('time_limit', { task_name: 'proj.add', soft: null, hard: null })
    expect([add[1].softTimeLimit, add[1].timeLimit]).to.deep.equal([null, null])
    expect(await ask('time_limit', { task_name: '__proto__', soft: 1 })).to.deep.equal({ error: 'unknown task' })
  })

  it('pool_grow, pool_shrink, pool_restart: say what Celery says', async () => {
    const { ask, told } = controlledNode()
    expect(await ask('pool_grow', goldenArguments('pool_grow'))).to.deep.equal(goldenReply('pool_grow'))
    expect(await ask('pool_shrink', { n: 2 })).to.deep.equal(goldenReply('pool_shrink'))
    expect(await ask('pool_grow')).to.deep.equal({ ok: 'pool will grow' })
    expect(await ask('pool_restart', { modules: null, reload: false })).to.deep.equal({ ok: 'reload started' })
    expect(told).to.deep.equal([['resizePool', 1], ['resizePool', -2], ['resizePool', 1], ['restartPools']])
  })

  it('add_consumer, cancel_consumer: say what Celery says', async () => {
    const { ask, told } = controlledNode()
    expect(await ask('add_consumer', goldenArguments('add_consumer'))).to.deep.equal(goldenReply('add_consumer'))
    const given = { queue: 'q', exchange: 'x', exchange_type: 'direct', routing_key: 'r' }
    expect(await ask('add_consumer', given)).to.deep.equal({ ok: 'add consumer q' })
    expect(await ask('cancel_consumer', goldenArguments('cancel_consumer'))).to.deep.equal(
      goldenReply('cancel_consumer'),
    )
    expect(told).to.deep.equal([
      ['addQueue', { name: 'q2', exchange: 'q2', routingKey: 'q2' }],
      ['addQueue', { name: 'q', exchange: 'x', routingKey: 'r' }],
      ['removeQueue', 'q2'],
    ])
  })

  it('shutdown: without a reply', async () => {
    const { ask, told } = controlledNode()
    expect(await ask('shutdown')).to.equal(undefined)
    expect(told).to.deep.equal([['shutDown']])
  })

  it('autoscale: where it is not enabled, says what Celery says', async () => {
    const { ask } = controlledNode()
    expect(await ask('autoscale', goldenArguments('autoscale'))).to.deep.equal(goldenReply('autoscale'))
  })

  it('autoscale: other bounds; the pool grows and shrinks by itself then', async () => {
    const told: unknown[] = []
    const update = (max: number | null, min: number | null): { max: number; min: number } => {
      told.push([max, min])
      return { max: max ?? 8, min: min ?? 1 }
    }
    const { ask, told: resized } = controlledNode({
      autoscaler: { update, info: { max: 8, min: 1, current: 2, qty: 3 } },
    })
    expect(await ask('autoscale', goldenArguments('autoscale'))).to.deep.equal({ ok: 'autoscale now max=4 min=2' })
    expect(await ask('autoscale', { max: 9, min: null })).to.deep.equal({ ok: 'autoscale now max=9 min=1' })
    expect(await ask('autoscale')).to.deep.equal({ ok: 'autoscale now max=8 min=1' })
    expect(told).to.deep.equal([
      [4, 2],
      [9, null],
      [null, null],
    ])
    for (const method of ['pool_grow', 'pool_shrink']) {
      expect(await ask(method, { n: 1 })).to.deep.equal({
        error: `${method} is not supported with autoscale. Adjust autoscale range instead.`,
      })
    }
    expect(resized).to.deep.equal([])
    expect(await ask('stats'))
      .to.have.property('autoscaler')
      .that.deep.equals({ max: 8, min: 1, current: 2, qty: 3 })
    const error: unknown = await ask('autoscale', { max: 'x' }).catch((thrown: unknown) => thrown)
    expect(error).to.be.an('error').with.property('message').that.contains('max: expected a whole number, 1 or more')
  })

  it('rate_limit: says what Celery says', async () => {
    const { ask, told } = controlledNode({ tasks: new Map([known('proj.add')]) })
    expect(await ask('rate_limit', goldenArguments('rate_limit'))).to.deep.equal(goldenReply('rate_limit'))
    for (const rate of [null, '', 0]) {
      expect(await ask('rate_limit', { task_name: 'proj.add', rate_limit: rate })).to.deep.equal({
        ok: 'rate limit disabled successfully',
      })
    }
    expect(await ask('rate_limit', { task_name: 'nobody', rate_limit: '1/s' })).to.deep.equal({ error: 'unknown task' })
    expect(await ask('rate_limit', { task_name: 'proj.add', rate_limit: 'often' })).to.deep.equal({
      error:
        'Invalid rate limit string: expected a number per second, or text like 10/s, 10/m or 10/h, up to 1000000/s',
    })
    expect(told[0]).to.deep.equal(['limitRate', 'proj.add', { text: '10/m', intervalUs: 6_000_000 }])
    expect(told).to.have.length(4)
  })

  for (const [method, given, expected] of [
    ['revoke', { task_id: 5 }, 'task_id: expected text'],
    ['revoke', { task_id: ['a', 'x'.repeat(1_001)] }, 'at most 1000 characters'],
    ['terminate', { signal: 'NONE', task_id: 'a' }, 'signal: expected a name such as TERM or KILL, came NONE'],
    ['time_limit', { soft: 1 }, 'task_name: expected text, came'],
    ['time_limit', { task_name: 'proj.add', soft: 'x' }, 'soft: expected seconds'],
    [
      'time_limit',
      { task_name: 'proj.add', soft: 5, hard: 5 },
      'soft: expected less than the hard limit of 5 s, came 5',
    ],
    ['pool_grow', { n: 0 }, 'n: expected a whole number, 1 or more, came 0'],
    ['pool_shrink', { n: 1.5 }, 'came 1.5'],
    ['pool_grow', { n: 'x'.repeat(500) }, '...'],
    ['add_consumer', {}, 'queue: expected text'],
    ['add_consumer', { queue: 'q', exchange_type: 'topic' }, 'exchange_type: expected direct, came topic'],
    ['cancel_consumer', { queue: '' }, 'queue: expected text'],
  ] as const) {
    it(`${method} ${JSON.stringify(given).slice(0, 60)} is refused`, async () => {
      expect(await refusal(method, given)).to.contain(expected)
    })
  }
})
