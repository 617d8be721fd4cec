import { errorText } from '../../src/redis/errors.ts'
import { startEmbedded, type EmbeddedRedis } from '../../src/redis/embedded.ts'
import { connect, ready } from '../../src/redis/connection.ts'
import type { AppendFsync } from '../../src/redis/append-fsync.ts'
import { recordingLogger } from './recording-logger.ts'

/** What the test that forked this process tells it. */
export type Order =
  | {
      readonly do: 'start'
      readonly folder: string
      readonly appendfsync: AppendFsync
      readonly serverCommand?: string
    }
  | { readonly do: 'set'; readonly key: string; readonly value: string }
  | { readonly do: 'release' | 'stop' | 'pid' }

/** What it answers. */
export type Answer =
  { readonly pid: number } | { readonly stopped: boolean } | { readonly failed: string } | 'here' | 'OK'

/**
 * A Lovage process that uses an embedded Redis and does nothing else, forked by a test.
 *
 * 1. Says that it is here, so that many can be told to start at the same instant.
 * 2. Does what it is told, one order after another, and answers each.
 */
let embedded: EmbeddedRedis | null = null

async function obey(order: Order): Promise<Answer> {
  if (order.do === 'start') {
    embedded = await startEmbedded({ ...order, logger: recordingLogger() })
    return { pid: embedded.pid }
  }
  if (embedded === null) throw new Error('not started')
  if (order.do === 'pid') return { pid: embedded.pid }
  if (order.do === 'set') {
    const client = connect(embedded.address(0), { name: 'lovage-test', role: 'commands', logger: recordingLogger() })
    try {
      await ready(client, 5000)
      await client.set(order.key, order.value)
    } finally {
      client.disconnect()
    }
    return 'OK'
  }
  const { stopped } = order.do === 'release' ? await embedded.release() : await embedded.stop()
  return { stopped }
}

function answer(message: Answer): void {
  process.send?.(message)
}

process.on('message', (order: Order) => {
  obey(order).then(answer, (error: unknown) => answer({ failed: errorText(error) }))
})
process.on('disconnect', () => process.exit())
answer('here')
