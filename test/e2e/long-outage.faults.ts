import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import { lockFolder } from '../../src/redis/embedded-control.ts'
import { acquireLock } from '../../src/redis/lock-file.ts'
import { eventually } from '../support/eventually.ts'
import { tell } from '../support/fault-run.ts'
import { FaultStage, nothing, renewsItsLease } from './fault-stage.ts'

const leaseMs = 1_000
const awayMs = 2_500

/** How Redis goes away, and comes back. */
const ways: { name: string; goAndComeBack: (stage: FaultStage) => Promise<void> }[] = [
  {
    name: 'stood still',
    async goAndComeBack(stage) {
      const pid = await stage.redisPid()
      process.kill(pid, 'SIGSTOP')
      await delay(awayMs)
      process.kill(pid, 'SIGCONT')
    },
  },
  {
    name: 'was killed, and gone',
    async goAndComeBack(stage) {
      // Nobody can start it again while this is held.
      const lock = await acquireLock(lockFolder(join(stage.dataDir, 'redis')), { timeoutMs: 5_000 })
      process.kill(await stage.redisPid(), 'SIGKILL')
      await delay(awayMs)
      await lock.release()
    },
  },
]

describe('Redis is away for longer than the lease, and every lease lapses', function () {
  this.timeout(60_000)
  let stage: FaultStage

  beforeEach(async () => {
    stage = await FaultStage.open()
  })
  afterEach(() => stage?.close())

  for (const { name, goAndComeBack } of ways) {
    it(`it ${name}: nobody’s running tasks are taken by anybody, and each runs once`, async () => {
      const ledger = stage.ledger()
      const lease = { env: { LEASE_MS: String(leaseMs) } }
      const workers = [
        await stage.started(['-n', 'one', '-c', '2'], lease),
        await stage.started(['-n', 'two', '-c', '4'], lease),
      ]
      const client = await stage.client()
      const broker = await stage.broker()
      for (let number = 1; number <= 4; number += 1) await client.send('faults.gate', [ledger.path, number])
      await eventually(() => expect(ledger.starts()).to.have.length(4), { what: 'their start' })

      await goAndComeBack(stage)
      // So often that each has also looked for claims of others after everybody was back.
      for (const node of ['one', 'two']) await renewsItsLease(broker, node, 6)
      for (const { pid } of workers) ledger.open(pid)
      await eventually(() => expect(ledger.ends()).to.have.length.of.at.least(4), { what: 'their end' })
      await stage.expectRemains(broker, nothing)
      tell(`Redis ${name} for ${awayMs} ms under a lease of ${leaseMs} ms: ${ledger.repeats()} of 4 tasks ran twice`)
      expect(ledger.starts()).to.have.length(4)
      for (const worker of workers) {
        worker.check()
        expect(worker.printed.text()).to.not.match(/took back|the claim was lost/)
      }
    })
  }
})
