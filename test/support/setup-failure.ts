import { expect } from 'chai'
import { RedisSetupError, type RedisSetupErrorCode } from '../../src/redis/errors.ts'

/** @returns the message of the RedisSetupError that `work` must fail with */
export async function setupFailure(code: RedisSetupErrorCode, work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => 'it did not fail',
    (reason: unknown) => reason,
  )
  expect(error).to.be.instanceOf(RedisSetupError).with.property('code', code)
  return error instanceof Error ? error.message : ''
}
