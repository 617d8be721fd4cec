import type { Redis } from 'ioredis'
import { fine, HistoryStore } from '../../../src/monitor/history/history-store.ts'
import { stepText } from '../../../src/monitor/history/step-text.ts'
import { seededChance } from '../../support/seeded-chance.ts'
import { aQueue, aStep, aTask } from '../../unit/monitor/history/a-step.ts'

const STEPS = 90

/** A quarter of an hour of a shop's work, up to now, with a rush in the middle: for pictures. As a worker would have written it. */
export async function writeShopHistory(broker: Redis): Promise<void> {
  const chance = seededChance(7)
  const around = (value: number, share: number): number => value * (1 + (chance() * 2 - 1) * share)
  const last = Math.floor(Date.now() / fine.stepMs) - 1
  const steps = Array.from({ length: STEPS }, (_value, index) => {
    const rush = Math.exp(-(((index - 50) / 9) ** 2))
    const priced = Math.round(around(160 + 190 * rush, 0.15))
    const runs = (count: number, ms: number): number[] =>
      Array.from({ length: count }, () => around(ms, 0.4) / chance() ** 0.35)
    const price = aTask(runs(priced, 14 + 40 * rush))
    const ship = aTask(runs(40, 55), chance() < 0.3 ? Math.ceil(chance() * 4) : 0)
    for (const task of [price, ship]) task.wait.set(aTask(runs(priced, 3 + 160 * rush)).wait)
    const step = aStep({
      tasks: { 'shop.price': price, 'shop.ship': ship },
      running: around(1.2 + 2.4 * rush, 0.2),
      queues: {
        celery: aQueue({
          waiting: Math.round(around(2 + 130 * rush, 0.3)),
          scheduled: 12,
          dead: 1,
          oldestAge: around(20 + 2_600 * rush, 0.3),
        }),
        mail: aQueue({ waiting: Math.round(around(1 + 50 * rush, 0.4)), oldestAge: around(12 + 900 * rush, 0.4) }),
      },
    })
    return { resolution: fine, number: last - STEPS + 1 + index, text: stepText(step) }
  })
  await new HistoryStore(broker).write(steps, 'shop')
}
