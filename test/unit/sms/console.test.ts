import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { ConsoleGateway, type WriteBytes } from '../../../src/sms/console.ts'
import { SmsError } from '../../../src/sms/errors.ts'
import type { SmsMessage } from '../../../src/sms/gateway.ts'

const message: SmsMessage = {
  mobile: '13800000000',
  code: '123456',
  validMinutes: 5,
  requestId: 'd7a3a0c2-50f7-4a35-9c5c-0d2c4b8f3f11',
}
const line = '[sms] 13800000000: your code is 123456, valid for 5 minutes\n'
const never = new AbortController().signal

/** Collects what is written; each of `steps` decides about one write: how many bytes it takes, or the error it ends in. */
function recorder(steps: (number | string)[] = []): { write: WriteBytes; output: () => string } {
  const parts: Buffer[] = []
  const write: WriteBytes = (fd, bytes, offset) => {
    expect(fd).to.equal(1)
    const step = steps.shift() ?? bytes.length
    if (typeof step === 'string') throw Object.assign(new Error(`write failed for ${message.mobile}`), { code: step })
    const part = Buffer.from(bytes.subarray(offset, offset + step))
    parts.push(part)
    return part.length
  }
  return { write, output: () => Buffer.concat(parts).toString() }
}

describe('ConsoleGateway', () => {
  it('prints one line with the mobile and the code', async () => {
    const { write, output } = recorder()
    expect(await new ConsoleGateway(write).send(message, never)).to.deep.equal({ class: 'accepted' })
    expect(output()).to.equal(line)
  })

  it('says 1 minute', async () => {
    const { write, output } = recorder()
    await new ConsoleGateway(write).send({ ...message, validMinutes: 1 }, never)
    expect(output()).to.match(/valid for 1 minute\n$/)
  })

  it('goes on after a part, and waits while the pipe is full', async () => {
    const { write, output } = recorder([10, 'EAGAIN', 1, 'EAGAIN', 'EAGAIN'])
    expect(await new ConsoleGateway(write).send(message, never)).to.deep.equal({ class: 'accepted' })
    expect(output()).to.equal(line)
  })

  it('stops waiting when aborted', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const write: WriteBytes = () => {
      controller.abort(reason)
      throw Object.assign(new Error('full'), { code: 'EAGAIN' })
    }
    expect(await new ConsoleGateway(write).send(message, controller.signal).catch((error: unknown) => error)).to.equal(
      reason,
    )
  })

  it('prints nothing when aborted before', async () => {
    const { write, output } = recorder()
    const reason = new Error('enough')
    const result = new ConsoleGateway(write).send(message, AbortSignal.abort(reason))
    expect(await result.catch((error: unknown) => error)).to.equal(reason)
    expect(output()).to.equal('')
  })

  it('gives a broken output as a result without the code or the mobile', async () => {
    const { write } = recorder(['EPIPE'])
    expect(await new ConsoleGateway(write).send(message, never)).to.deep.equal({
      class: 'transient',
      providerCode: 'EPIPE',
      reason: 'standard output can not be written: EPIPE',
    })
  })

  it('refuses a message that would print more than its line', async () => {
    const { write, output } = recorder()
    const result = new ConsoleGateway(write).send({ ...message, code: '1\n[sms] forged' }, never)
    expect(await result.catch((error: unknown) => error)).to.be.instanceOf(SmsError)
    expect(output()).to.equal('')
  })
})

describe('ConsoleGateway on a real standard output', () => {
  const tsx = import.meta.resolve('tsx/esm/api')
  const source = new URL('../../../src/sms/console.ts', import.meta.url).href
  const send = `
    const { ConsoleGateway } = await import(${JSON.stringify(source)})
    const send = () => new ConsoleGateway().send(${JSON.stringify(message)}, new AbortController().signal)`

  it('has written the line when send resolves, even in a thread whose process is killed next', async () => {
    const thread = `import(${JSON.stringify(tsx)}).then(async ({ register }) => {
      register()
      ${send}
      await send()
      process.kill(process.pid, 'SIGKILL')
    })`
    const main = `new (require('node:worker_threads').Worker)(${JSON.stringify(thread)}, { eval: true })`
    const child = spawn(process.execPath, ['-e', main], { stdio: ['ignore', 'pipe', 'inherit'] })
    const closed = once(child, 'close')
    expect(await text(child.stdout)).to.equal(line)
    expect((await closed)[1]).to.equal('SIGKILL')
  })

  it('waits for a reader that is behind, and loses nothing', async () => {
    // Touching process.stdout makes the pipe non-blocking; then it is filled before the reader starts.
    const main = `
      import { writeSync } from 'node:fs'
      process.stdout._handle
      const filler = Buffer.alloc(65536, 'x')
      let filled = 0
      try { for (;;) filled += writeSync(1, filler) } catch (error) { if (error.code !== 'EAGAIN') throw error }
      ${send}
      const sent = send()
      process.send(filled)
      await sent
      process.disconnect()`
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', main], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    const [filled]: unknown[] = await once(child, 'message')
    const { stdout } = child
    if (stdout === null) throw new Error('the child has no pipe')
    const output = await text(stdout)
    expect(output.length).to.equal(Number(filled) + line.length)
    expect(output.slice(Number(filled))).to.equal(line)
  })
})
