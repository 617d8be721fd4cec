import { expect } from 'chai'
import { readEvents, type ServerEvent } from '../../../../src/web/monitor/event-stream.ts'

function streamOf(chunks: readonly Uint8Array[], cancelled: () => void = () => {}): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
    cancel: cancelled,
  })
}

async function read(chunks: readonly Uint8Array[]): Promise<ServerEvent[]> {
  const events: ServerEvent[] = []
  for await (const event of readEvents(streamOf(chunks), () => {})) events.push(event)
  return events
}

const TEXT = `retry: 2000\n\nevent: recent\ndata: []\n\n: still there\n\nid: 7\nevent: snapshot\ndata: {"a":"你好"}\n\ndata: one\ndata:two\n\nevent: none\n\ndata: broken off`
const EVENTS: ServerEvent[] = [
  { name: 'recent', data: '[]', id: '' },
  { name: 'snapshot', data: '{"a":"你好"}', id: '7' },
  { name: 'message', data: 'one\ntwo', id: '7' },
]

describe('the reader of server-sent events', () => {
  it('finds the events of a text', async () => {
    expect(await read([new TextEncoder().encode(TEXT)])).to.deep.equal(EVENTS)
  })

  it('finds the same wherever the text is broken, with any line ends', async () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const bytes = [...new TextEncoder().encode(TEXT.replaceAll('\n', end))]
      expect(await read(bytes.map((byte) => Uint8Array.of(byte))), JSON.stringify(end)).to.deep.equal(EVENTS)
      for (const size of [2, 3, 7]) {
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          Uint8Array.from(bytes.slice(index * size, (index + 1) * size)),
        )
        expect(await read(chunks), `${JSON.stringify(end)} by ${size}`).to.deep.equal(EVENTS)
      }
    }
  })

  it('tells of whatever comes, comments too', async () => {
    let heard = 0
    const chunks = [': one\n\n', ': two\n\n'].map((text) => new TextEncoder().encode(text))
    for await (const event of readEvents(streamOf(chunks), () => heard++)) expect.fail(event.name)
    expect(heard).to.equal(2)
  })

  it('cancels a stream that is left early', async () => {
    let cancelled = false
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('data: one\n\n')),
      cancel: () => void (cancelled = true),
    })
    for await (const event of readEvents(stream, () => {})) {
      expect(event.data).to.equal('one')
      break
    }
    expect(cancelled).to.equal(true)
  })
})
