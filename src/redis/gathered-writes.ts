import type { Redis } from 'ioredis'

/**
 * What is sent within one tick goes to the socket with one write: a system call, and Redis waking up for it, costs more than
 * a command. ioredis writes each command by itself.
 */
export function gatherWrites(client: Redis): void {
  const send = client.sendCommand.bind(client)
  client.sendCommand = (command, stream) => {
    const { stream: socket } = client
    if (socket?.writable && socket.writableCorked === 0) {
      socket.cork()
      process.nextTick(() => socket.uncork())
    }
    return send(command, stream)
  }
}
