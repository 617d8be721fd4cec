// One round trip puts a message on a list and takes it from there again; then it goes to a thread.
import { Worker } from 'node:worker_threads'
import { Redis } from 'ioredis'
import { given } from '../given.mjs'
import { sendAtLeisure } from '../pacing.mjs'
import { sharedNow } from '../work.mjs'

const redis = new Redis(given.url)
const thread = new Worker(new URL('stamp-thread.mjs', import.meta.url))
await sendAtLeisure(given.count, async () => {
  const message = JSON.stringify({ number: sharedNow(), text: 'a small payload' })
  const answers = await redis.pipeline().lpush('waiting', message).lmove('waiting', 'taken', 'RIGHT', 'LEFT').exec()
  // A thread, not a window: there is no origin.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  thread.postMessage(answers?.[1]?.[1])
})
