import { deflateSync, inflateSync } from 'node:zlib'
import { EngineError } from './errors.ts'

/** The most that a body may be once it is decompressed, in bytes: a few kilobytes may stand for any number. */
export const maxBodyBytes = 64 * 1024 * 1024

/** kombu's names for zlib (kombu.compression): under the first one it also sends what it calls gzip. */
const zlibNames: readonly unknown[] = ['application/x-gzip', 'gzip', 'zlib']

/** Whether `headers.compression` names the one compression that is read here. */
export function isZlib(name: unknown): boolean {
  return zlibNames.includes(name)
}

/** @throws EngineError MESSAGE_UNREADABLE */
export function decompress(bytes: Uint8Array): Buffer {
  try {
    return inflateSync(bytes, { maxOutputLength: maxBodyBytes })
  } catch (error) {
    const tooLarge = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    const reason = tooLarge
      ? `a body of at most ${maxBodyBytes} bytes once it is decompressed, came more`
      : 'a body compressed with zlib, came other bytes'
    throw new EngineError('MESSAGE_UNREADABLE', `expected ${reason}`)
  }
}

export function compress(text: string): Buffer {
  return deflateSync(text)
}
