import type { Command, Redis } from 'ioredis'

/**
 * Has `observe` called with every command that a client is given, right after that: before whoever gave it can listen to its
 * answer. ioredis has no event for it.
 */
export function onCommand(client: Redis, observe: (command: Command) => void): void {
  const send = client.sendCommand.bind(client)
  client.sendCommand = (command, stream) => {
    const answer = send(command, stream)
    observe(command)
    return answer
  }
}
