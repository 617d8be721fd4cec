import { expect } from 'chai'
import { setTimeout as delay } from 'node:timers/promises'
import { acquireLock } from '../../src/redis/lock-file.ts'
import { lockFolder } from '../../src/redis/embedded-control.ts'
import { join } from 'node:path'
import { eventually } from '../support/eventually.ts'
import { FaultStage, nothing } from './fault-stage.ts'

describe('evidence', function () {
  this.timeout(60_000)
  let stage: FaultStage
  beforeEach(async () => { stage = await FaultStage.open() })
  afterEach(() => stage?.close())
  for (const how of ['SIGSTOP', 'SIGKILL'] as const)
    for (let i = 0; i < 3; i += 1)
    it(`${how} of Redis longer than the lease`, async () => {
      const ledger = stage.ledger()
      const env = { LEASE_MS: '1000' }
      const one = await stage.started(['-n', 'one', '-c', '2'], { env })
      const two = await stage.started(['-n', 'two', '-c', '4'], { env })
      const client = await stage.client()
      const sent = []
      for (let n = 1; n <= 4; n += 1) sent.push(await client.send('faults.gate', [ledger.path, n]))
      await eventually(() => expect(ledger.starts()).to.have.length(4))
      const pid = await stage.redisPid()
      if (how === 'SIGSTOP') {
        process.kill(pid, 'SIGSTOP')
        await delay(2500)
        process.kill(pid, 'SIGCONT')
      } else {
        const lock = await acquireLock(lockFolder(join(stage.dataDir, 'redis')), { timeoutMs: 1_000 })
        process.kill(pid, 'SIGKILL')
        await delay(2500)
        await lock.release()
      }
      await delay(3000)
      ledger.open(one.pid)
      ledger.open(two.pid)
      for (const s of sent) await s.get({ timeout: 10 })
      await stage.expectRemains(await stage.broker(), nothing)
      console.log(how, 'starts', ledger.starts().length, 'repeats', ledger.repeats())
      for (const w of [one, two]) console.log(w.printed.log().map((l) => l.msg).join(' | '))
    })
})
