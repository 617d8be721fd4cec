import type { Redis } from 'ioredis'

/**
 * What is sent within one tick, and by the promises that go on after it, goes to the socket with one write: a system call, and
 * Redis waking up for it, costs more than a command. ioredis writes each command by itself.
 */
export function gatherWrites(client: Redis): void {
  const send = client.sendCommand.bind(client)
  client.sendCommand = (command, stream) => {
    const { stream: socket } = client
    if (socket?.writable && socket.writableCorked === 0) {
      socket.cork()
      // Ticks come before promises: this one comes after those that are due now.
      queueMicrotask(() => process.nextTick(() => socket.uncork()))
    }
    return send(command, stream)
  }
}
