import { expect } from 'chai'
import type { AsyncResult } from '../../../src/engine/index.ts'
import type { TestEngine, TestEngineOptions } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { FaultLab } from '../../support/fault-lab.ts'

/** How long may pass until something has happened. */
export const soon = { timeoutMs: 20_000 }

/** Workers with the tasks that have rate limits; what a task notes is its label, and when it started. */
export class RateLimitLab extends FaultLab {
  limited(options: Partial<TestEngineOptions> = {}): Promise<TestEngine> {
    return this.worker({ tasks: ['test/fixtures/tasks/limited.ts'], ...options })
  }

  /** Of the tasks that have started, in their order. */
  labels(): string[] {
    return this.notes().map((line) => line.split(' ')[0] ?? '')
  }

  async noted(count: number): Promise<void> {
    await eventually(() => expect(this.notes()).to.have.length(count), soon)
  }

  /** Sends so many, one after another, labelled with their numbers. */
  async send(engine: TestEngine, task: string, count: number, label = ''): Promise<AsyncResult[]> {
    const sent: AsyncResult[] = []
    for (let number = 1; number <= count; number += 1) {
      sent.push(await engine.client.send(task, [this.notebook, label === '' ? String(number) : label]))
    }
    return sent
  }
}

/** How many messages of a task wait for its limit. */
export async function waiting({ redis, keys }: TestEngine, task: string): Promise<number> {
  return Number((await redis.hget(keys.limited('celery'), task)) ?? 0)
}

/** Waits until so many do. */
export async function waits(engine: TestEngine, task: string, count: number): Promise<void> {
  await eventually(async () => expect(await waiting(engine, task)).to.equal(count), soon)
}

/** Ends the worker, when what runs has ended. */
export function stopped({ worker }: TestEngine): Promise<number> {
  return worker.stop(new Promise((resolve) => setTimeout(resolve, 10_000).unref()))
}
