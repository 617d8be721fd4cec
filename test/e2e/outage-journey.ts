import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { createBrowser } from '../support/cookie-jar.ts'
import { eventually } from '../support/eventually.ts'
import { backAgainMs, goes, isBack, OutageWatch } from '../support/outage.ts'
import type { Service } from '../support/service.ts'
import { askForCode, expectOk, newMobile, readCaptcha, receivedCode } from './journey.ts'
import { resultOf, sendAsCelery } from './queue.ts'

/** How a Redis goes, what /readyz says then, by what is away, and how it comes back. */
export interface Outage {
  goAway(): Promise<unknown>
  causes: Record<string, RegExp>
  /** What else is looked at while it is away. */
  meanwhile?(watch: OutageWatch): Promise<void>
  /** Resolves when Redis is there again. */
  comeBack(): Promise<unknown>
  /** What the log says of it; default: the two lines of the worker. */
  lines?: string[]
}

/** A service with one slot, on its task files, and clients to look at its Redis. */
export interface Stage {
  service: Service
  codes: Redis
  broker: Redis
  /** Folder of the task files. */
  folder: string
}

/** Sends a task that takes the only slot, and one that waits behind it. @returns what lets the first one end */
async function fillSlot({ broker, folder }: Stage): Promise<{ ids: string[]; open: () => void }> {
  const gate = mkdtempSync(join(folder, 'gate-'))
  const ids = [await sendAsCelery(broker, 'gated.pass', [gate]), await sendAsCelery(broker, 'proj.add', [1, 2])]
  await eventually(() => expect(existsSync(join(gate, 'runs'))).to.equal(true))
  return { ids, open: () => writeFileSync(join(gate, 'open'), '') }
}

/**
 * Goes through an outage with a task that runs, one that waits, and a captcha that is ready to be answered.
 *
 * 1. Redis goes: a request is refused in time, /readyz is 503 with the cause, and the log has its line.
 * 2. It is back: within 5 s /readyz is 200, both tasks have been run, and a message with a code is sent.
 * 3. The log has one line for each.
 */
export async function goThrough(stage: Stage, outage: Outage): Promise<void> {
  const { service, codes, broker } = stage
  const browser = createBrowser(service.url)
  const captcha = await readCaptcha(codes, browser)
  const { ids, open } = await fillSlot(stage)
  const watch = new OutageWatch(service)
  await outage.goAway()
  const refused = watch.postSmsCode(newMobile(), captcha)
  await watch.isNotReady(outage.causes)
  expect((await refused).status).to.equal(503)
  await outage.meanwhile?.(watch)
  // A pause that is shorter than a command may take is not noticed by the worker.
  await service.printed.until(() => watch.lines()[0], 'a line in the log')

  await outage.comeBack()
  const since = performance.now()
  open()
  await watch.isReady(since)
  for (const id of ids) {
    expect(await resultOf(broker, id, since + backAgainMs - performance.now())).to.include({ status: 'SUCCESS' })
  }
  const mobile = newMobile()
  expectOk(await askForCode(codes, browser, mobile))
  await receivedCode(service, mobile)
  expect(performance.now() - since).to.be.lessThan(backAgainMs)
  await watch.expectLines(outage.lines ?? [goes, isBack])
}
