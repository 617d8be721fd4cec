import type { Redis } from 'ioredis'

/**
 * Keeps a late error of a socket from ending the process.
 *
 * ioredis listens to the first error of each socket only. A TLS socket may have a second one, when the handshake is broken
 * off and the server's alert comes after that; with no listener, it would be an uncaught exception. Where ioredis puts each
 * new socket is the only place to add one.
 */
export function ignoreLateErrors(client: Redis): void {
  let current = client.stream
  Object.defineProperty(client, 'stream', {
    configurable: true,
    enumerable: true,
    get: () => current,
    set: (stream: Redis['stream']) => {
      current = stream
      stream.on('error', () => undefined)
    },
  })
}
