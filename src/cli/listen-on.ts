import { once } from 'node:events'
import type { Server } from 'node:http'
import { CommandError } from './command-error.ts'

/** Where a server is to listen. */
export interface ListenPlace {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** The option that sets the port, for the error. */
  readonly option: string
}

/**
 * Has a server listen.
 *
 * @returns its address: `http://127.0.0.1:3000`
 * @throws CommandError where it can't, naming the option that would help
 */
export async function listenOn(server: Server, { host, port, option }: ListenPlace): Promise<string> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'another program listens there' : String(error)
    throw new CommandError(`can not listen on ${host}:${port}: ${reason}. Choose another with ${option}.`, {
      cause: error,
    })
  }
  const address = server.address()
  const actual = typeof address === 'object' && address !== null ? address.port : port
  return `http://${host.includes(':') ? `[${host}]` : host}:${actual}`
}
