import type { MonitorHandler, MonitorPart, MonitorRequest } from '../../../src/monitor/monitor-routes.ts'
import { MonitorError } from '../../../src/monitor/monitor-error.ts'

/** The routes of parts of the dashboard, asked without HTTP: who may ask is another test's matter. */
export class MonitorLab {
  readonly #handlers = new Map<string, MonitorHandler>()

  constructor(...parts: MonitorPart[]) {
    for (const part of parts) {
      part({
        show: (path, handler) => void this.#handlers.set(`GET ${path}`, handler),
        act: (method, path, handler) => void this.#handlers.set(`${method} ${path}`, handler),
      })
    }
  }

  /** @throws MonitorError */
  get<Answer>(path: string, query: Record<string, string> = {}): Promise<Answer> {
    return this.#ask(`GET ${path}`, { query: new URLSearchParams(query) })
  }

  /** @throws MonitorError */
  post<Answer>(path: string, body: object = {}): Promise<Answer> {
    return this.#ask(`POST ${path}`, { body: body as MonitorRequest['body'] })
  }

  async #ask<Answer>(route: string, request: Partial<MonitorRequest>): Promise<Answer> {
    const handler = this.#handlers.get(route)
    if (handler === undefined) throw new Error(`there is no ${route}`)
    const empty = { params: {}, query: new URLSearchParams(), body: {} }
    return (await handler({ ...empty, ...request } as MonitorRequest)) as Answer
  }
}

/** What a request is refused with: `CONFLICT: <message>`. */
export async function refusal(asked: Promise<unknown>): Promise<string> {
  try {
    return `answered: ${JSON.stringify(await asked)}`
  } catch (error) {
    if (error instanceof MonitorError) return `${error.error}: ${error.message}`
    throw error
  }
}
