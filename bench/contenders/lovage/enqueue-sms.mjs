// Puts the application's own task on the queue, as `POST /sms_codes` does.
import { sendSmsCode } from '../../../dist/tasks/sms/send-code.js'
import { given, tell } from '../given.mjs'
import { openLovage } from './engine.mjs'

const { engine, close } = await openLovage({ tasks: ['tasks/sms'], broker: given.broker })
const tasks = engine.client.bind({ sendSmsCode })
const send = (/** @type {number} */ number) => {
  const mobile = `138${String(number).padStart(8, '0')}`
  const code = String(number % 1_000_000).padStart(6, '0')
  return tasks.sendSmsCode.applyAsync([mobile, code], { expiresInSeconds: 300 })
}
await Promise.all(Array.from({ length: given.count }, (_, number) => send(number)))
tell({ sent: given.count })
await close()
