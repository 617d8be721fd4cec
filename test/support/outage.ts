import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { createBrowser, type Answer } from './cookie-jar.ts'
import { eventually } from './eventually.ts'
import type { Service } from './service.ts'

/** What the worker logs when its broker goes, and when it is back. */
export const goes = 'the broker does not answer: taking no tasks'
export const isBack = 'the broker is back: taking tasks again'

/** What is logged when a server goes, and when it is back, where the worker does not tell. */
export const redisGoes = 'Redis is away; trying again'
export const redisIsBack = 'Redis is back'

/** What /readyz says of a Redis that is silent. */
export const notAnswered = /^(did not answer within 1000 ms|it accepts, but did not answer within \d+ ms|.*timed out)$/

/** How long anything may take after Redis is back, and an answer to a request that needs it meanwhile, in milliseconds. */
export const backAgainMs = 5_000
export const answerMs = 2_000

/** pino's number of the level `info`. */
const infoLevel = 30

/** Watches a service through an outage, from outside. */
export class OutageWatch {
  readonly #service: Service
  #linesBefore: number

  constructor(service: Service) {
    this.#service = service
    this.#linesBefore = service.printed.log().length
  }

  /** Asks, and checks that the answer comes in time. */
  async #ask(method: string, path: string, json?: unknown): Promise<Answer> {
    const began = performance.now()
    const answer = await createBrowser(this.#service.url).request(method, path, json === undefined ? {} : { json })
    expect(performance.now() - began, `time of ${method} ${path}`).to.be.lessThan(answerMs)
    return answer
  }

  /** Waits until /readyz is 503 and names these causes, by what is away. */
  async isNotReady(causes: Readonly<Record<string, RegExp>>): Promise<void> {
    await eventually(
      async () => {
        const answer = await this.#ask('GET', '/readyz')
        expect(answer.status).to.equal(503)
        const told = answer.json()['causes'] as Record<string, string>
        for (const [what, cause] of Object.entries(causes)) expect(told[what], what).to.match(cause)
      },
      { timeoutMs: 4_000, what: 'a 503 of /readyz with the cause' },
    )
  }

  /** Asks for a code. */
  async postSmsCode(mobile: string, captcha: { id: string; text: string }): Promise<Answer> {
    return this.#ask('POST', '/sms_codes', { mobile, image_code: captcha.text, image_code_id: captcha.id })
  }

  /** Waits until /readyz is 200. @param since when Redis was back, as `performance.now()` */
  async isReady(since: number): Promise<void> {
    const timeoutMs = since + backAgainMs - performance.now()
    await eventually(async () => expect((await this.#ask('GET', '/readyz')).status).to.equal(200), {
      timeoutMs,
      what: '200 of /readyz',
    })
  }

  /**
   * What was logged about Redis since this was made, at level info or above. Lines about single requests and tasks, and of
   * the audit, are left out.
   */
  lines(): string[] {
    const lines = this.#service.printed.log().slice(this.#linesBefore)
    const loud = lines.filter(
      ({ level, msg }) => Number(level) >= infoLevel && !/^(?:request|task|audit$)/.test(String(msg)),
    )
    return loud.map(({ msg }) => String(msg))
  }

  /** Waits until the log has exactly these lines about Redis, and each connection has told the debug log that it is back. */
  async expectLines(expected: readonly string[]): Promise<void> {
    const count = (line: string): number => this.#service.printed.log().filter(({ msg }) => msg === line).length
    await eventually(
      () => {
        const lines = this.lines().join('\n')
        // Chai shows the beginning of a text alone.
        expect(lines, lines).to.equal(expected.join('\n'))
        if (expected.at(-1) !== redisGoes) expect(count(redisIsBack)).to.equal(count(redisGoes))
      },
      { timeoutMs: 3_000, what: 'the log' },
    )
  }

  /** Memory that the process has in use, in bytes (Linux). */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.#service.pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
  }

  /** Keeps asking for codes, many at once, for so long. @returns how many answers there were, by status */
  async hammer(ms: number): Promise<Record<number, number>> {
    const counts: Record<number, number> = {}
    const end = performance.now() + ms
    const request = { mobile: '13900000000', image_code: 'AAAA' }
    const one = async (): Promise<void> => {
      while (performance.now() < end) {
        const { status } = await this.#ask('POST', '/sms_codes', { ...request, image_code_id: randomUUID() })
        counts[status] = (counts[status] ?? 0) + 1
      }
    }
    await Promise.all(Array.from({ length: 20 }, one))
    return counts
  }
}
