import type { Redis } from 'ioredis'

/** With so much to write nothing is gained by waiting, in bytes, or characters of texts. */
const enough = 65_536

/**
 * What is sent within one tick, and by the promises that go on after it, goes to the socket with one write: a system call, and
 * Redis waking up for it, costs more than a command. ioredis writes each command by itself. What is much goes at once, so that Redis
 * works on it while more of it is made.
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
    const sent = send(command, stream)
    if (socket?.writable && socket.writableCorked > 0 && socket.writableLength >= enough) socket.uncork()
    return sent
  }
}
