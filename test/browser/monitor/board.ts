import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import type { Browser, Page } from 'playwright-core'
import { databases } from '../../e2e/journey.ts'
import { celeryMessage, resultOf } from '../../e2e/queue.ts'
import { launchBrowser, openVisit, type Visit, type VisitOptions } from '../../support/browser.ts'
import { eventually } from '../../support/eventually.ts'
import { startService, type Service, type ServiceOptions } from '../../support/service.ts'
import { makeShopTasks, type ShopTasks } from './shop-tasks.ts'

/** What opens the dashboard of the tests. */
export const TOKEN = 'a-token-of-the-tests-that-is-long-enough'

/** A task to send, as Celery's clients do. */
export interface Sending {
  readonly name: string
  readonly args?: readonly (string | number)[]
  readonly queue?: string
  /** The id of the task that it comes from, which is its root, too. */
  readonly parent?: string
}

/** A shop's service with its tasks, and a browser that looks at its dashboard. */
export interface Board {
  readonly service: Service
  readonly broker: Redis
  readonly tasks: ShopTasks
  /** An empty page of a new visitor without a session, gone after the test. */
  visit(options?: VisitOptions): Promise<Visit>
  /** The dashboard of a new visitor who has come in by the address with the token. @param hash of the view */
  open(hash?: string, options?: VisitOptions): Promise<Page>
  /** Puts a task on its queue. @returns its id */
  send(sending: Sending): Promise<string>
  /** The same, and waits until it has ended. */
  run(sending: Sending): Promise<string>
  /** Starts a task that runs until `tasks.open` of its order, and waits until it runs. */
  startPacking(): Promise<{ id: string; order: string }>
}

/**
 * Registers the hooks that start and end a service and a browser around the tests of a file. After each test, what the pages wrote to
 * their consoles must be nothing but what the test had expected, and no task is left running.
 *
 * @param options more of the service's command line and environment
 */
export function useBoard({ args = [], env = {} }: Pick<ServiceOptions, 'args' | 'env'> = {}): Board {
  let service: Service
  let browser: Browser
  let broker: Redis
  let tasks: ShopTasks
  let visits: Visit[] = []
  let orders: string[] = []

  before(async () => {
    tasks = makeShopTasks()
    service = await startService({
      args: ['-A', 'shop', '-Q', 'celery,mail', '-c', '4', ...args],
      cwd: tasks.path,
      env: { MONITOR_TOKEN: TOKEN, ...env },
    })
    broker = service.redis(databases.broker)
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.close()
    await service?.stop()
    tasks?.remove()
  })
  afterEach(async () => {
    for (const order of orders) tasks.open(order)
    orders = []
    const ended = visits
    visits = []
    await Promise.all(ended.map((visit) => visit.close()))
    expect(ended.flatMap((visit) => visit.takeFaults())).to.deep.equal([])
  })

  const board: Board = {
    get service() {
      return service
    },
    get broker() {
      return broker
    },
    get tasks() {
      return tasks
    },
    async visit(options) {
      const visit = await openVisit(browser, { baseURL: service.url, ...options })
      visits.push(visit)
      return visit
    },
    async open(hash = '', options = {}) {
      const { page } = await board.visit(options)
      await page.goto(`/monitor?token=${TOKEN}`)
      await page.locator('.connection[data-state=live]').waitFor()
      // Only the address behind the # changes: the page stays.
      if (hash !== '') await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
      return page
    },
    async send({ name, args = [], queue = 'celery', parent }) {
      const { id, raw } = celeryMessage(name, args)
      const message = JSON.parse(raw) as { headers: Record<string, unknown> }
      const shown = args.map((arg) => (typeof arg === 'string' ? `'${arg}'` : String(arg)))
      message.headers['argsrepr'] = `(${shown.join(', ')}${shown.length === 1 ? ',' : ''})`
      // Celery's messages do not say when they were sent; one of Lovage's does, in seconds.
      message.headers['lovage_sent'] = Date.now() / 1000
      if (parent !== undefined) Object.assign(message.headers, { parent_id: parent, root_id: parent })
      await broker.lpush(queue, JSON.stringify(message))
      return id
    },
    async run(sending) {
      const id = await board.send(sending)
      await resultOf(broker, id)
      return id
    },
    async startPacking() {
      const order = `order-${randomUUID().slice(0, 8)}`
      orders.push(order)
      const id = await board.send({ name: 'shop.pack', args: [order] })
      await eventually(
        async () => {
          const result = await broker.get(`celery-task-meta-${id}`)
          expect(result).to.include('PROGRESS')
        },
        { what: `${id} to run` },
      )
      return { id, order }
    },
  }
  return board
}
