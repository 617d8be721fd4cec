import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { expectError, expectOk, newMobile, readCaptcha } from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'

describe('GET /sms_codes/status/:task_id', () => {
  let backing: Backing
  let app: RunningApp
  let state = 'PENDING'

  before(async () => {
    backing = await createBacking()
    app = await backing.serve({ readTaskState: async () => state })
  })
  after(() => backing.close())

  async function sendCode(): Promise<string> {
    const { id, text } = await readCaptcha(backing, app.browser)
    const form = { mobile: newMobile(), image_code: text, image_code_id: id }
    return String(expectOk(await app.browser.post('/sms_codes', form))['task_id'])
  }

  for (const [taskState, status] of [
    ['PENDING', 'queued'],
    ['RETRY', 'queued'],
    ['STARTED', 'sending'],
    ['SUCCESS', 'sent'],
    ['FAILURE', 'failed'],
    ['REVOKED', 'failed'],
  ] as const) {
    it(`says ${status} of a task that is ${taskState}`, async () => {
      const id = await sendCode()
      state = taskState
      expect(expectOk(await app.browser.get(`/sms_codes/status/${id}`))['status']).to.equal(status)
    })
  }

  it('knows only tasks that it gave out, and forgets them with the code', async () => {
    expectError(await app.browser.get(`/sms_codes/status/${randomUUID()}`), 404, 'NOT_FOUND', '请求的资源不存在')
    const id = await sendCode()
    expect(await backing.inspector.ttl(`sms_task_${id}`)).to.be.within(295, 300)
    await backing.inspector.del(`sms_task_${id}`)
    expectError(await app.browser.get(`/sms_codes/status/${id}`), 404, 'NOT_FOUND', '请求的资源不存在')
  })

  it('is not asked for by mobile', async () => {
    expect((await app.browser.get('/sms_codes/status')).status).to.equal(400)
  })
})
