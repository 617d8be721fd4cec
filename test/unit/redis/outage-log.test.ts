import { EventEmitter } from 'node:events'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { OutageLog } from '../../../src/redis/outage-log.ts'
import { recordingLogger, type RecordingLogger } from '../../support/recording-logger.ts'

/** A connection whose events the test tells. */
class Connection extends EventEmitter {
  status = 'connecting'
  readonly options = { connectionName: 'one of many' }

  become(status: string, event: string): void {
    this.status = status
    this.emit(event)
  }
}

describe('the log of outages, connection by connection', () => {
  let logger: RecordingLogger
  let [one, two]: [Connection, Connection] = [new Connection(), new Connection()]
  const messages = (): string[] => logger.lines.map(({ message }) => message)

  beforeEach(() => {
    logger = recordingLogger()
    const outages = new OutageLog({}, () => logger)
    one = new Connection()
    two = new Connection()
    for (const connection of [one, two]) {
      outages.watch(connection as unknown as Redis, { reason: null })
      connection.become('ready', 'ready')
      connection.become('reconnecting', 'close')
    }
  })

  it('waits for all', () => {
    one.become('ready', 'ready')
    expect(messages()).to.deep.equal(['Redis is away; trying again'])
    two.become('ready', 'ready')
    expect(messages()).to.deep.equal(['Redis is away; trying again', 'Redis is back'])
  })

  it('does not wait for one that is closed on purpose when the others are back', () => {
    one.become('ready', 'ready')
    two.become('end', 'end')
    expect(messages()).to.deep.equal(['Redis is away; trying again', 'Redis is back'])
  })

  it('says nothing of a server that nobody reaches any more', () => {
    one.become('end', 'end')
    two.become('end', 'end')
    expect(messages()).to.deep.equal(['Redis is away; trying again'])
  })
})
