import { Session } from 'node:inspector/promises'
import type { Worker } from 'node:worker_threads'

/** Has a thread of this process spin until it is ended. Resolves when it has been told to, whether or not it does so already. */
export async function hangThread(thread: Worker): Promise<void> {
  const session = new Session()
  session.connect()
  // Not before: what it was told might go with the session.
  thread.once('exit', () => session.disconnect())
  const attached = new Promise<string>((resolve) => {
    session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
      if (workerInfo.title.startsWith(`[worker ${thread.threadId}]`)) resolve(sessionId)
    })
  })
  await session.post('NodeWorker.enable', { waitForDebuggerOnStart: false })
  const spin = { id: 1, method: 'Runtime.evaluate', params: { expression: 'for (;;);' } }
  await session.post('NodeWorker.sendMessageToWorker', { sessionId: await attached, message: JSON.stringify(spin) })
}
