import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect } from 'chai'
import { embeddedStatus, stopEmbedded } from '../../../src/redis/embedded-control.ts'
import { connect, ready } from '../../../src/redis/connection.ts'
import { EmbeddedLab } from '../../support/embedded-lab.ts'
import { eventually } from '../../support/eventually.ts'
import { setupFailure } from '../../support/setup-failure.ts'

describe('the control of an embedded Redis', () => {
  let lab: EmbeddedLab

  beforeEach(() => {
    lab = new EmbeddedLab()
  })

  afterEach(async () => {
    await lab.close()
  })

  it('starts and makes nothing', async () => {
    const socketPath = join(lab.folder, 'redis.sock')
    expect(await embeddedStatus(lab.folder)).to.deep.equal({ running: false, socketPath })
    expect(await stopEmbedded(lab.folder)).to.deep.equal({ stopped: false, users: [] })
    expect(existsSync(lab.folder)).to.equal(false)
    const embedded = await lab.start()
    await embedded.release()
    expect(await embeddedStatus(lab.folder)).to.deep.equal({ running: false, socketPath })
    expect(await stopEmbedded(lab.folder)).to.deep.equal({ stopped: false, users: [] })
    expect(lab.servers()).to.deep.equal([])
  })

  it('tells of a server that runs', async () => {
    const embedded = await lab.start()
    const status = await embeddedStatus(lab.folder)
    expect(status).to.deep.include({ running: true, pid: embedded.pid, users: [process.pid] })
  })

  it('stops it, also when nobody uses it, and says who did', async () => {
    const lovage = await lab.fork()
    await lab.startIn(lovage)
    lovage.child.kill('SIGKILL')
    await once(lovage.child, 'exit')
    expect(await stopEmbedded(lab.folder)).to.deep.equal({ stopped: true, users: [] })
    expect(lab.servers()).to.deep.equal([])
    expect(existsSync(join(lab.folder, 'redis.pid'))).to.equal(false)
    const embedded = await lab.start()
    const { pid } = embedded
    const { stopped, users } = await stopEmbedded(lab.folder)
    expect(stopped).to.equal(true)
    expect(users.map((user) => user.pid)).to.deep.equal([process.pid])
    await eventually(() => expect(embedded.pid).to.not.equal(pid))
  })

  it('stops one whose socket has been removed', async () => {
    const lovage = await lab.fork()
    await lab.startIn(lovage)
    lovage.child.kill('SIGKILL')
    await rm(join(lab.folder, 'redis.sock'))
    expect(await stopEmbedded(lab.folder)).to.deep.equal({ stopped: true, users: [] })
    expect(lab.servers()).to.deep.equal([])
  })

  it('says that a server refuses', async () => {
    const embedded = await lab.start()
    const client = connect(embedded.address(0), { name: 'test', role: 'commands', logger: lab.logger })
    try {
      await ready(client, 5000)
      await client.call('ACL', 'SETUSER', 'default', '-shutdown')
      const message = await setupFailure('SERVER_STUCK', stopEmbedded(lab.folder))
      expect(message).to.contain(`(process ${embedded.pid}) refuses to shut down: NOPERM`)
      expect((await embedded.status()).running).to.equal(true)
    } finally {
      client.disconnect()
    }
  })

  it('says that a server does not answer', async () => {
    const embedded = await lab.start()
    await embedded.release()
    const silent = createServer(() => undefined)
    await once(silent.listen(join(lab.folder, 'redis.sock')), 'listening')
    try {
      const message = await setupFailure('SERVER_STUCK', stopEmbedded(lab.folder))
      expect(message).to.contain(
        `the embedded Redis in ${lab.folder} (process unknown) does not answer: Command timed out`,
      )
      const status: unknown = await embeddedStatus(lab.folder).catch((error: unknown) => error)
      expect(String(status)).to.contain('Command timed out')
    } finally {
      silent.close()
    }
  })
})
