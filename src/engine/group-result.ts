import type { AsyncResult } from './async-result.ts'

/** What the members of a group give, in their order. */
type Members<Results extends readonly unknown[]> = { readonly [Place in keyof Results]: AsyncResult<Results[Place]> }

/** A group that was sent, and what becomes of it; as Celery's GroupResult. */
export class GroupResult<Results extends readonly unknown[] = readonly unknown[]> {
  readonly id: string
  /** Of its members, in their order. */
  readonly results: Members<Results>
  /** What it waits for, if anything. */
  readonly parent: AsyncResult | GroupResult | null

  constructor(id: string, results: Members<Results>, parent: AsyncResult | GroupResult | null = null) {
    this.id = id
    this.results = results
    this.parent = parent
  }

  /**
   * Waits until all members have ended, and gives what they returned, in their order.
   *
   * @param options.timeout seconds to wait at most, for all together; default: without a limit
   * @throws TaskError as soon as one of them failed or was revoked; EngineError RESULT_TIMEOUT, RESULT_MISSING
   */
  async get(options: { timeout?: number } = {}): Promise<Results> {
    const values = await Promise.all(this.#list().map((result) => result.get(options)))
    return values as unknown as Results
  }

  /** How many members have ended well. */
  async completedCount(): Promise<number> {
    const states = await Promise.all(this.#list().map((result) => result.state()))
    return states.filter((state) => state === 'SUCCESS').length
  }

  /** Drops what is held of its members. */
  async forget(): Promise<void> {
    await Promise.all(this.#list().map((result) => result.forget()))
  }

  #list(): readonly AsyncResult[] {
    return this.results
  }
}
