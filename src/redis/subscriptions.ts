import type { Redis } from 'ioredis'
import { onCommand } from './command-hook.ts'
import { errorText } from './errors.ts'
import type { Logger } from './logger.ts'

const kinds = ['subscribe', 'psubscribe', 'ssubscribe'] as const

/**
 * Renews a client's subscriptions after every reconnect, until they are there.
 *
 * ioredis does so too (`autoResubscribe`, which must be off), but when its renewal fails (the server stalls or goes
 * again) that is an unhandled rejection, which ends the process, and the channels are forgotten.
 *
 * 1. Every successful subscribe and every unsubscribe of the client is noted.
 * 2. When the client is ready again, what is noted is subscribed.
 * 3. If that fails the connection is dropped, so that the next one tries again. If the server refuses, it is logged.
 */
export function keepSubscriptions(client: Redis, fields: object, logger: Logger): void {
  const channels = { subscribe: new Set<string>(), psubscribe: new Set<string>(), ssubscribe: new Set<string>() }

  const note = (name: string, args: readonly unknown[], answer: Promise<unknown>): void => {
    for (const kind of kinds) {
      if (name === kind) {
        answer.then(
          () => args.forEach((channel) => channels[kind].add(String(channel))),
          () => undefined,
        )
      }
      if (name === kind.replace('sub', 'unsub')) {
        if (args.length === 0) channels[kind].clear()
        args.forEach((channel) => channels[kind].delete(String(channel)))
      }
    }
  }

  onCommand(client, ({ name, args, promise }) => note(name.toLowerCase(), args, promise))

  client.on('ready', () => {
    for (const kind of kinds) {
      if (channels[kind].size === 0) continue
      client[kind](...channels[kind]).catch((error: unknown) => {
        if (!(error instanceof Error) || error.name !== 'ReplyError') client.disconnect(true)
        else logger.error({ ...fields, reason: errorText(error) }, 'Redis refuses to renew the subscriptions')
      })
    }
  })
}
