/**
 * Tells the user's OpenTelemetry SDK something. Samplers, processors and propagators are the user's own: what fails in them is no reason for a task
 * or a request to fail.
 *
 * @returns undefined where it failed
 */
export function attempted<T>(telling: () => T): T | undefined {
  try {
    return telling()
  } catch {
    return undefined
  }
}
