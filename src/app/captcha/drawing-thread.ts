import { parentPort } from 'node:worker_threads'
import { drawCaptcha } from './draw.ts'

/*
 * What runs in the drawing thread: pictures of the texts that `PictureDrawer` sends, one after another; each is answered, and in
 * order. It imports what drawing needs and nothing else: all of it is in memory once more.
 */
parentPort?.on('message', (text: string) => {
  // A thread's port, not a window: there is no origin.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(draw(text))
})

/** @returns the picture, or why there is none */
function draw(text: string): Uint8Array | Error {
  try {
    return drawCaptcha(text)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
