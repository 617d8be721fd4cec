/** One server-sent event. */
export interface ServerEvent {
  readonly name: string
  readonly data: string
  /** The id of this event, or of the last one before it that had one; empty: none had. */
  readonly id: string
}

/**
 * Reads a stream of server-sent events (WHATWG HTML, 9.2.6). `retry` and comments are passed over. The browser's own EventSource does
 * not tell with which status it was refused, nor when nothing comes any more.
 *
 * @param heard told of whatever comes, comments too
 * @returns when the stream ends; an event that it breaks off in is dropped
 */
export async function* readEvents(
  stream: ReadableStream<Uint8Array>,
  heard: () => void,
): AsyncGenerator<ServerEvent, void> {
  let rest = ''
  let id = ''
  let name = ''
  let data: string[] = []
  for await (const chunk of decode(stream)) {
    heard()
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield { name: name === '' ? 'message' : name, data: data.join('\n'), id }
        name = ''
        data = []
        continue
      }
      const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
      if (field === 'data') data.push(value)
      else if (field === 'event') name = value
      else if (field === 'id') id = value
    }
  }
}

/** Not `pipeThrough` and `for await` over the stream: not every browser has the latter. Left early, the stream is cancelled. */
async function* decode(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder()
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield decoder.decode(value, { stream: true })
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}
