import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { projectRoot } from '../support/service.ts'

const engine = (module: string): string => pathToFileURL(join(projectRoot, 'dist/src/engine', module)).href

/** What a user's task files begin with. */
const imports = `import { appendFileSync, existsSync } from 'node:fs'
import { defineTask } from '${engine('task.js')}'
`

const files: Record<string, string> = {
  'proj/arithmetic.mjs': `${imports}
export const add = defineTask('proj.add', {}, (_context, a, b) => a + b)
export const boom = defineTask('proj.boom', {}, () => { throw new RangeError('too far') })
`,
  'proj/package.json': '{ "type": "module" }\n',
  'proj/greeting.ts': `${imports}
interface Person { name: string }
export const greet = defineTask('proj.greet', {}, (_context, person: Person): string => \`hello \${person.name}\`)
`,
  'gated/gate.mjs': `${imports}
/** Notes who runs it, then waits for a file to be there. */
export const pass = defineTask('gated.pass', {}, async (context, folder) => {
  appendFileSync(folder + '/runs', process.pid + ' ' + context.id + '\\n')
  while (!existsSync(folder + '/open')) await new Promise((resolve) => setTimeout(resolve, 10))
  return process.pid
})
`,
  'spins/spin.mjs': `${imports}
/** Computes until a file is there. */
export const spin = defineTask('spins.until', {}, (_context, file) => {
  while (!existsSync(file)) continue
})
`,
  'clash/one.mjs': `${imports}
export const one = defineTask('clash.same', {}, () => 1)
`,
  'clash/two.mjs': `${imports}
export const two = defineTask('clash.same', {}, () => 2)
`,
  'old/package.json': '{ "type": "commonjs" }\n',
  'old/greeting.ts': `${imports}
export const greet = defineTask('old.greet', {}, (_context, name: string): string => \`hello \${name}\`)
`,
  'churn/churn.mjs': `${imports}
import { getHeapStatistics } from 'node:v8'
/** Makes garbage that has grown old, and tells the most bytes that the heap had in use. */
export const churn = defineTask('churn.most', {}, () => {
  const recent = []
  let most = 0
  for (let count = 0; count < 3_000_000; count += 1) {
    recent[count % 200_000] = { count, text: 'recent ' + count }
    if (count % 20_000 === 0) most = Math.max(most, getHeapStatistics().used_heap_size)
  }
  return most
})
`,
  'broken.mjs': 'export const = 1\n',
  'empty.mjs': 'export const answer = 42\n',
}

/** A folder with task files as a user has them, outside the project. */
export interface TaskFolder {
  readonly path: string
  remove(): void
}

export function makeTaskFolder(): TaskFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'lv-tasks-')))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
