import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { createBrowser } from '../support/cookie-jar.ts'
import { eventually } from '../support/eventually.ts'
import { FreezableProxy } from '../support/freezable-proxy.ts'
import { backAgainMs, goes, isBack, OutageWatch } from '../support/outage.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { RestartableRedis, slowLoading } from '../support/restartable-redis.ts'
import { embeddedRedisPid, startService, type Service } from '../support/service.ts'
import { askForCode, databases, expectOk, newMobile, readCaptcha, receivedCode } from './journey.ts'
import { resultOf, sendAsCelery } from './queue.ts'
import { makeTaskFolder, type TaskFolder } from './task-files.ts'

const notAnswered = /^(did not answer within 1000 ms|it accepts, but did not answer within \d+ ms)$/

describe('Redis is away', function () {
  this.timeout(30_000)
  let tasks: TaskFolder
  let service: Service
  let codes: Redis
  let broker: Redis
  let gate = 0

  before(() => {
    tasks = makeTaskFolder()
  })
  after(() => tasks.remove())

  /** A task that takes the only slot, and one behind it. @returns lets the first one end */
  async function sendTwo(): Promise<{ ids: string[]; open: () => void }> {
    const folder = join(tasks.path, `gate-${(gate += 1)}`)
    const ids = [await sendAsCelery(broker, 'gated.pass', [tasks.path]), await sendAsCelery(broker, 'proj.add', [1, 2])]
    return { ids, open: () => writeFileSync(join(folder, 'open'), '') }
  }

  void sendTwo
  void codes
  void service
  void backAgainMs
  void embeddedRedisPid
  void askForCode
  void databases
  void receivedCode
  void notAnswered
})
