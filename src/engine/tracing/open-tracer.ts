import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as OpenTelemetry from '@opentelemetry/api'
import type { Tracer } from '../tracer.ts'
import { ApiTracer } from './api-tracer.ts'

/** Where every copy of OpenTelemetry's API finds what is registered, whichever copy registered it. */
const registry = Symbol.for('opentelemetry.js.api.1')

/**
 * Looks whether the user has registered an SDK with OpenTelemetry's API, in a file that Node was told to load first (`--import`). To be
 * called once, at the start. Where there is none, nothing is looked for and nothing loaded.
 *
 * @param folders whose `@opentelemetry/api` is used; the first one that has it
 * @returns null: nothing is to be traced
 */
export async function openTracer(folders: readonly string[]): Promise<Tracer | null> {
  if (!isRegistered()) return null
  for (const folder of folders) {
    const api = apiOf(folder)
    // One after another: the first that has it.
    // oxlint-disable-next-line no-await-in-loop
    if (api !== null) return await tracerOf(api)
  }
  return null
}

/**
 * The same where the API is known already: what a thread is told by the process.
 *
 * @param api the API's module, as a file URL
 * @returns null: in this thread no SDK is registered
 */
export async function tracerOf(api: string): Promise<Tracer | null> {
  if (!isRegistered()) return null
  const telemetry = (await import(api)) as typeof OpenTelemetry
  return new ApiTracer(api, telemetry)
}

function isRegistered(): boolean {
  const registered = (globalThis as Record<symbol, unknown>)[registry]
  return typeof registered === 'object' && registered !== null && 'trace' in registered
}

function apiOf(folder: string): string | null {
  try {
    return pathToFileURL(createRequire(join(folder, 'package.json')).resolve('@opentelemetry/api')).href
  } catch {
    return null
  }
}
