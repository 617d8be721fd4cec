import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { AccountCheck, SmsSettings } from './gateway.ts'
import { serverTimeOf } from './http-answer.ts'
import { post, type Post, type PostAnswer, type PostResult } from './http-post.ts'

type Request = Pick<Post, 'method' | 'url' | 'headers' | 'body'>

/** What is asked of an account, and how its answer is read. */
interface AccountQuestion {
  readonly call: string
  readonly request: Request
  /** Whether the credentials were taken; `reason` is clean already. */
  readonly read: (answer: PostAnswer) => Pick<AccountCheck, 'outcome' | 'reason'>
}

/**
 * A provider's connections and limits: what all gateways have that speak HTTP.
 *
 * A connection is kept for the next message only where a message may be sent twice: a request that goes out on a connection which
 * the other side is just closing may have arrived or not, and for other gateways that is a message that nobody may repeat.
 */
export class HttpProvider {
  readonly #agent: HttpAgent
  readonly #limits: Pick<SmsSettings, 'connectTimeoutMs' | 'timeoutMs'>

  constructor(url: URL, limits: Pick<SmsSettings, 'connectTimeoutMs' | 'timeoutMs'>, keepAlive: boolean) {
    this.#agent = new (url.protocol === 'https:' ? HttpsAgent : HttpAgent)({ keepAlive })
    this.#limits = limits
  }

  /** @throws the signal's reason when aborted */
  ask(request: Request, signal: AbortSignal): Promise<PostResult> {
    const { connectTimeoutMs, timeoutMs } = this.#limits
    return post({ ...request, agent: this.#agent, connectTimeoutMs, timeoutMs, signal })
  }

  /** @throws the signal's reason when aborted */
  async askAccount({ call, request, read }: AccountQuestion, signal: AbortSignal): Promise<AccountCheck> {
    const answer = await this.ask(request, signal)
    if (answer.kind === 'failure') return { call, outcome: 'unknown', reason: answer.reason, serverTime: null }
    return { call, ...read(answer), serverTime: serverTimeOf(answer) }
  }

  close(): void {
    this.#agent.destroy()
  }
}
