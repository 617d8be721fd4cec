import { expect } from 'chai'
import { effectScope, type EffectScope } from 'vue'
import { MonitorError } from '../../../../src/web/monitor/monitor-api.ts'
import { useLive } from '../../../../src/web/monitor/use-live.ts'
import { eventually } from '../../../support/eventually.ts'

/** One connection that the page has opened. */
interface Connection {
  readonly lastId: string
  readonly signal: AbortSignal
  readonly send: (text: string) => void
  readonly end: () => void
}

function snapshot(time: number): string {
  return `id: ${time}\nevent: snapshot\ndata: ${JSON.stringify({ totals: { time } })}\n\n`
}

describe('the live figures', () => {
  let scope: EffectScope
  let connections: Connection[]
  let refusal: MonitorError | undefined
  let visible: boolean
  let visibilityChanged: () => void

  beforeEach(() => {
    scope = effectScope()
    connections = []
    refusal = undefined
    visible = true
  })
  afterEach(() => scope.stop())

  async function openLive(signal: AbortSignal, lastId: string): Promise<ReadableStream<Uint8Array>> {
    if (refusal !== undefined) throw refusal
    return new ReadableStream<Uint8Array>({
      start(controller) {
        signal.addEventListener('abort', () => controller.error(signal.reason))
        connections.push({
          lastId,
          signal,
          send: (text) => controller.enqueue(new TextEncoder().encode(text)),
          end: () => controller.close(),
        })
      },
    })
  }

  function start(times: { lateMs?: number; silenceMs?: number } = {}) {
    const live = scope.run(() =>
      useLive({
        api: { openLive },
        visibility: {
          visible: () => visible,
          changed(listener) {
            visibilityChanged = listener
            return () => {}
          },
        },
        firstWaitMs: 1,
        longestWaitMs: 4,
        ...times,
      }),
    )
    if (live === undefined) throw new Error('the scope did not run')
    return live
  }

  async function connection(number: number): Promise<Connection> {
    return eventually(() => {
      const found = connections[number]
      if (found === undefined) throw new Error(`there are ${connections.length}`)
      return found
    })
  }

  it('are connecting, then live, and gather points', async () => {
    const live = start()
    expect(live.state.value).to.equal('connecting')
    const { send } = await connection(0)
    send(`event: recent\ndata: [{"time":1},{"time":2}]\n\n${snapshot(3)}`)
    await eventually(() => expect(live.state.value).to.equal('live'))
    expect(live.snapshot.value?.totals.time).to.equal(3)
    expect(live.points.value.map(({ time }) => time)).to.deep.equal([1, 2, 3])
  })

  it('forget points that are older than the shortest chart', async () => {
    const live = start()
    const { send } = await connection(0)
    send(snapshot(1_000) + snapshot(2_000) + snapshot(901_500))
    await eventually(() => expect(live.points.value.map(({ time }) => time)).to.deep.equal([2_000, 901_500]))
  })

  it('come again when the connection ends, with the last id, and know what they have', async () => {
    const live = start()
    const first = await connection(0)
    first.send(snapshot(5))
    await eventually(() => expect(live.state.value).to.equal('live'))
    first.send('event: bye\ndata: {"reason":"stopping"}\n\n')
    first.end()
    const second = await connection(1)
    expect(second.lastId).to.equal('5')
    expect(live.state.value).to.equal('lost')
    expect(live.snapshot.value?.totals.time).to.equal(5)
    second.send('event: recent\ndata: [{"time":5},{"time":6}]\n\n')
    second.end()
    const third = await connection(2)
    expect(third.lastId, 'recent has no id').to.equal('5')
    third.send(snapshot(7))
    await eventually(() => expect(live.state.value).to.equal('live'))
    expect(live.points.value.map(({ time }) => time)).to.deep.equal([5, 6, 7])
  })

  it('come again when they are refused, and say why', async () => {
    refusal = new MonitorError('TOO_MANY_VIEWERS', { status: 503 })
    const live = start()
    await eventually(() => expect(live.state.value).to.equal('full'))
    refusal = new MonitorError('NETWORK')
    await eventually(() => expect(live.state.value).to.equal('lost'))
    refusal = undefined
    ;(await connection(0)).send(snapshot(1))
    await eventually(() => expect(live.state.value).to.equal('live'))
  })

  it('do not come again without a session', async () => {
    refusal = new MonitorError('NO_SESSION', { status: 401 })
    let asked = 0
    const live = scope.run(() =>
      useLive({
        api: {
          openLive: async () => {
            asked += 1
            throw refusal
          },
        },
        visibility: { visible: () => true, changed: () => () => {} },
        firstWaitMs: 1,
      }),
    )
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(asked).to.equal(1)
    expect(live?.state.value).to.equal('connecting')
  })

  it('say when no new ones come, and when Redis is away', async () => {
    const live = start({ lateMs: 20 })
    const { send } = await connection(0)
    send(snapshot(1))
    await eventually(() => expect(live.state.value).to.equal('late'))
    send('event: trouble\ndata: {"message":"Redis is away"}\n\n')
    await eventually(() => expect(live.state.value).to.equal('trouble'))
    send(snapshot(2))
    await eventually(() => expect(live.state.value).to.equal('live'))
    expect(connections).to.have.lengthOf(1)
  })

  it('count a connection as lost that is silent', async () => {
    const live = start({ silenceMs: 20 })
    const first = await connection(0)
    await connection(1)
    expect(first.signal.aborted).to.equal(true)
    expect(live.state.value).to.equal('lost')
  })

  it('drop a connection whose events are not JSON', async () => {
    const live = start()
    ;(await connection(0)).send('event: snapshot\ndata: <html>\n\n')
    await connection(1)
    expect(live.state.value).to.equal('lost')
  })

  it('have no connection while nobody looks', async () => {
    const live = start()
    const first = await connection(0)
    first.send(snapshot(1))
    await eventually(() => expect(live.state.value).to.equal('live'))
    visible = false
    visibilityChanged()
    expect(first.signal.aborted).to.equal(true)
    visible = true
    visibilityChanged()
    expect(live.state.value).to.equal('connecting')
    expect((await connection(1)).lastId).to.equal('1')
  })

  it('end with what they are part of', async () => {
    start()
    const first = await connection(0)
    scope.stop()
    expect(first.signal.aborted).to.equal(true)
  })
})
