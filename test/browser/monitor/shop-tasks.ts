import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { projectRoot } from '../../support/service.ts'

const task = pathToFileURL(join(projectRoot, 'dist/src/engine/task.js')).href

/** What a shop might do in the background; some of it until a file is there. */
const text = `import { existsSync } from 'node:fs'
import { defineTask } from '${task}'

export const price = defineTask('shop.price', {}, (_context, pieces, each) => pieces * each)

export const ship = defineTask('shop.ship', {}, (_context, order) => {
  throw new RangeError('no such order: ' + order)
})

export const pack = defineTask('shop.pack', { trackStarted: true }, async (context, order) => {
  context.log('packing', 10, 'pieces')
  context.log('3 of them are in the box')
  context.updateState('PROGRESS', { current: 3, total: 10 })
  const gate = new URL('../' + order + '.open', import.meta.url)
  while (!existsSync(gate)) await new Promise((resolve) => setTimeout(resolve, 10))
  context.log('packed')
  return 'packed'
})
`

/** A folder with the task files of a shop. */
export interface ShopTasks {
  readonly path: string
  /** `shop.pack` of this order ends. */
  open(order: string): void
  remove(): void
}

export function makeShopTasks(): ShopTasks {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'lv-shop-')))
  mkdirSync(join(path, 'shop'))
  writeFileSync(join(path, 'shop/tasks.mjs'), text)
  return {
    path,
    open: (order) => writeFileSync(join(path, `${order}.open`), ''),
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}
