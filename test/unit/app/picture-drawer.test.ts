import { once } from 'node:events'
import { syncBuiltinESMExports } from 'node:module'
import workerThreads, { type Worker } from 'node:worker_threads'
import { loadImage } from '@napi-rs/canvas'
import { expect } from 'chai'
import { PICTURE_SIZE } from '../../../src/app/captcha/draw.ts'
import { PictureDrawer, type PictureDrawerOptions } from '../../../src/app/captcha/picture-drawer.ts'
import { AppError } from '../../../src/app/errors.ts'
import { hangThread } from '../../support/hang-thread.ts'

describe('PictureDrawer', function () {
  this.timeout(30_000)
  const drawers: PictureDrawer[] = []

  afterEach(async () => {
    for (const drawer of drawers.splice(0)) await drawer.close()
  })

  function open(options: Partial<PictureDrawerOptions> = {}): PictureDrawer {
    const drawer = new PictureDrawer({ waiting: 100, timeoutMs: 20_000, idleMs: 60_000, ...options })
    drawers.push(drawer)
    return drawer
  }

  /** Does something that starts a thread. @returns what it gave, and the thread, which may not have loaded anything yet */
  async function starting<T>(work: () => T): Promise<{ value: T; thread: Worker }> {
    const started = once(process, 'worker') as Promise<[Worker]>
    const value = work()
    const [thread] = await started
    return { value, thread }
  }

  /** Checks that a picture failed as a request is told 503. @returns the reason that the log gets */
  async function expectRefused(picture: Promise<Buffer>, error: string): Promise<string> {
    const failure = await picture.then(
      () => null,
      (thrown: unknown) => thrown,
    )
    if (!(failure instanceof AppError)) throw new Error(`expected an AppError, got ${String(failure)}`)
    expect(failure).to.include({ error, retryAfterSeconds: 1 })
    return String(failure.cause)
  }

  function isDrawn(picture: Promise<Buffer>): Promise<boolean> {
    return picture.then(
      () => true,
      () => false,
    )
  }

  it('draws on a thread of its own, which the first picture starts', async () => {
    const drawer = open()
    const { value, thread } = await starting(() => drawer.draw('4CEK'))
    const image = await loadImage(await value)
    expect({ width: image.width, height: image.height }).to.deep.equal(PICTURE_SIZE)
    await drawer.draw('4CEK')
    await drawer.close()
    expect(thread.threadId, 'the thread has ended').to.equal(-1)
  })

  it('gives each text its own picture, or the reason why there is none', async () => {
    const drawer = open()
    const texts = ['4CEK', '?', 'KMJR', 'STWX', 'a']
    const settled = await Promise.allSettled(texts.map((text) => drawer.draw(text)))
    expect(settled.map(({ status }) => status)).to.deep.equal([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'rejected',
    ])
    for (const one of settled) if (one.status === 'rejected') expect(one.reason).to.be.instanceOf(RangeError)
  })

  it('refuses at once what is over its bound, and takes more when there is room', async () => {
    const drawer = open({ waiting: 2 })
    const first = [drawer.draw('4CEK'), drawer.draw('4CEK')]
    await expectRefused(drawer.draw('4CEK'), 'BUSY')
    await Promise.all(first)
    await drawer.draw('4CEK')
  })

  it('lets go of those who wait when its thread dies, and draws the next picture on another', async () => {
    const drawer = open()
    const { value, thread } = await starting(() => [drawer.draw('4CEK'), drawer.draw('4CEK')])
    const refused = Promise.all(value.map((picture) => expectRefused(picture, 'UNAVAILABLE')))
    await thread.terminate()
    for (const reason of await refused) expect(reason).to.match(/the drawing thread exited with code \d/)
    const next = await starting(() => drawer.draw('4CEK'))
    expect(next.thread).not.to.equal(thread)
    await next.value
  })

  it('does not mind when its thread dies without work', async () => {
    const drawer = open()
    const { value, thread } = await starting(() => drawer.draw('4CEK'))
    await value
    await thread.terminate()
    await drawer.draw('4CEK')
  })

  it('ends a thread that hangs, and draws the next picture on another', async () => {
    const drawer = open({ timeoutMs: 4_000 })
    const { value, thread } = await starting(() => drawer.draw('4CEK'))
    await value
    const ended = once(thread, 'exit')
    await hangThread(thread)
    let picture = drawer.draw('4CEK')
    // What comes before the thread spins is still drawn.
    while (await isDrawn(picture)) picture = drawer.draw('4CEK')
    expect(await expectRefused(picture, 'UNAVAILABLE')).to.match(/did not answer within 4000 ms/)
    await ended
    await drawer.draw('4CEK')
  })

  it('tells where no thread can be made', async () => {
    const { Worker: real } = workerThreads
    const drawer = open()
    const give = (Worker: unknown): void => {
      Object.assign(workerThreads, { Worker })
      syncBuiltinESMExports()
    }
    give(function refuse() {
      throw new Error('no thread is left')
    })
    try {
      expect(await expectRefused(drawer.draw('4CEK'), 'UNAVAILABLE')).to.match(/no thread is left/)
    } finally {
      give(real)
    }
    await drawer.draw('4CEK')
  })

  it('ends its thread when it has had no work for a while, and starts another for the next', async () => {
    const drawer = open({ idleMs: 20 })
    const { value, thread } = await starting(() => drawer.draw('4CEK'))
    const ended = once(thread, 'exit')
    await value
    await ended
    await drawer.draw('4CEK')
  })

  it('draws nothing once it is closed, and leaves nobody waiting', async () => {
    const drawer = open()
    const picture = expectRefused(drawer.draw('4CEK'), 'UNAVAILABLE')
    await drawer.close()
    expect(await picture).to.match(/has been closed/)
    expect(await expectRefused(drawer.draw('4CEK'), 'UNAVAILABLE')).to.match(/has been closed/)
    await drawer.close()
  })
})
