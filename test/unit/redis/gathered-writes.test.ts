import { Writable } from 'node:stream'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { gatherWrites } from '../../../src/redis/gathered-writes.ts'

/** A client whose commands are texts, and what its socket was given, write by write. */
function clientOf() {
  const writes: string[][] = []
  const told = (chunks: readonly { chunk: Buffer }[]): void =>
    void writes.push(chunks.map(({ chunk }) => String(chunk)))
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => (told([{ chunk }]), done()),
    writev: (chunks, done) => (told(chunks), done()),
  })
  const client = { stream, sendCommand: (command: string) => stream.write(command) }
  gatherWrites(client as unknown as Redis)
  return { client, writes }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('commands', () => {
  it('of one tick go with one write, in their order', async () => {
    const { client, writes } = clientOf()
    for (const command of ['one', 'two', 'three']) client.sendCommand(command)
    expect(writes, 'written at once').to.deep.equal([])
    await turn()
    expect(writes).to.deep.equal([['one', 'two', 'three']])
  })

  it('that promises and ticks send which go on meanwhile go along', async () => {
    const { client, writes } = clientOf()
    client.sendCommand('first')
    process.nextTick(() => client.sendCommand('a tick'))
    void Promise.resolve()
      .then(() => client.sendCommand('a promise'))
      .then(() => client.sendCommand('the next promise'))
    await turn()
    expect(writes).to.deep.equal([['first', 'a tick', 'a promise', 'the next promise']])
  })

  it('that are much go at once, with what was there before', async () => {
    const { client, writes } = clientOf()
    const much = 'x'.repeat(65_536)
    client.sendCommand('first')
    client.sendCommand(much)
    expect(writes).to.deep.equal([['first', much]])
    client.sendCommand('small')
    client.sendCommand('the next')
    expect(writes.length, 'a small one waits again').to.equal(1)
    await turn()
    expect(writes.slice(1)).to.deep.equal([['small', 'the next']])
  })

  it('of the next turn of the event loop have a write of their own', async () => {
    const { client, writes } = clientOf()
    client.sendCommand('first')
    await turn()
    client.sendCommand('second')
    await turn()
    expect(writes).to.deep.equal([['first'], ['second']])
  })

  it('are not held back where there is no socket to write to', async () => {
    const { client, writes } = clientOf()
    client.stream.destroy()
    await turn()
    client.stream.on('error', () => {})
    client.sendCommand('late')
    expect([writes, client.stream.writableCorked]).to.deep.equal([[], 0])
  })
})
