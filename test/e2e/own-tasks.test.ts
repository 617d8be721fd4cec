import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { createBrowser } from '../support/cookie-jar.ts'
import { startService, type Service } from '../support/service.ts'
import { databases, getCode, newMobile } from './journey.ts'
import { makeTaskFolder, type TaskFolder } from './task-files.ts'

describe('lovage serve with task files of its user', () => {
  let folder: TaskFolder
  let service: Service
  let codes: Redis

  before(async () => {
    folder = makeTaskFolder()
    service = await startService({ args: ['-A', 'proj'], cwd: folder.path })
    codes = service.redis(databases.codes)
  })
  after(async () => {
    await service.stop()
    folder.remove()
  })

  it('still knows the tasks that the service itself sends', async () => {
    expect(service.output()).to.match(/tasks: +ccp_send_sms_code, proj\.add/)
    expect(await getCode(service, codes, createBrowser(service.url), newMobile())).to.match(/^\d{6}$/)
  })
})
