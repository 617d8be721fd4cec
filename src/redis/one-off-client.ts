import { Redis } from 'ioredis'

/**
 * Does some work over a connection of its own to a socket, without any retry, also while the server loads its data.
 *
 * @param timeoutMs how long the connection and each answer may take, in milliseconds
 * @throws what stopped the connection, such as ENOENT and ECONNREFUSED, or what `work` threw
 */
export async function withConnection<T>(
  socketPath: string,
  timeoutMs: number,
  work: (client: Redis) => Promise<T>,
): Promise<T> {
  const client = new Redis({
    path: socketPath,
    connectionName: 'lovage-once',
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    disconnectTimeout: 50,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    retryStrategy: () => null,
  })
  let reason: Error | null = null
  client.on('error', (error: Error) => {
    reason ??= error
  })
  try {
    await client.connect()
    return await work(client)
  } catch (error) {
    // That of the connection says more than "Connection is closed".
    throw reason ?? error
  } finally {
    client.disconnect()
  }
}
