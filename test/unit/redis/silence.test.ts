import { EventEmitter } from 'node:events'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { replaceWhenSilent } from '../../../src/redis/silence.ts'
import { quiescence } from '../engine/hand-timers.ts'

/** A client whose commands end as the test says, and with what its connection was dropped. */
function clientOf() {
  const dropped: string[] = []
  const stream = Object.assign(new EventEmitter(), { destroy: (error: Error) => void dropped.push(error.message) })
  const client = Object.assign(new EventEmitter(), {
    stream,
    options: { commandTimeout: 300 },
    sendCommand: ({ promise }: { promise: Promise<unknown> }) => promise,
  })
  replaceWhenSilent(client as unknown as Redis, 200)
  client.emit('connect')
  /** Gives a command; `end` ends it. */
  const give = (): { end: (error: Error) => Promise<void> } => {
    let reject = (_error: Error): void => {}
    const promise = new Promise((_resolve, no) => (reject = no))
    client.sendCommand({ promise }).catch(() => undefined)
    return {
      end: async (error) => {
        reject(error)
        await quiescence()
      },
    }
  }
  return { stream, dropped, give }
}

const late = new Error('Command timed out')

describe('a connection with a command that is not answered in time', () => {
  it('is dropped where nothing has come since, also if an answer to another came just before', async () => {
    const { stream, dropped, give } = clientOf()
    stream.emit('data')
    await give().end(late)
    expect(dropped).to.deep.equal(['it accepts, but did not answer within 300 ms'])
  })

  it('stays where something has come meanwhile: a large answer takes its time', async () => {
    const { stream, dropped, give } = clientOf()
    const command = give()
    const since = performance.now()
    while (performance.now() === since);
    stream.emit('data')
    await command.end(late)
    expect(dropped).to.deep.equal([])
  })

  it('stays where the command failed for another reason', async () => {
    const { dropped, give } = clientOf()
    await give().end(new Error('READONLY'))
    expect(dropped).to.deep.equal([])
  })
})
