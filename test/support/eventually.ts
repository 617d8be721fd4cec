/**
 * Waits until `check` stops throwing, looking every `everyMs` (default 10 ms).
 *
 * @returns what `check` returned
 * @throws the last error of `check`, with `what` in front, after `timeoutMs` (default 10 s)
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  options: { timeoutMs?: number; everyMs?: number; what?: string } = {},
): Promise<T> {
  const { timeoutMs = 10_000, everyMs = 10, what = 'condition' } = options
  const deadline = performance.now() + timeoutMs
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() > deadline) {
        const reason = error instanceof Error ? error.message : String(error)
        throw new Error(`${what} did not come true within ${timeoutMs} ms: ${reason}`, { cause: error })
      }
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
  }
}
