import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { projectRoot } from '../support/service.ts'

const engine = (module: string): string => pathToFileURL(join(projectRoot, 'dist/src/engine', module)).href

/** A task file as a user has it. What is noted is appended to a file in one write each, so that no kill leaves half a line. */
const source = `import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { TransientError } from '${engine('errors.js')}'
import { defineTask } from '${engine('task.js')}'

const note = (ledger, ...words) => appendFileSync(ledger, [...words, process.pid, Date.now()].join(' ') + '\\n')

/** Works for so long; before that, the first time, it may fail or end its thread. */
export const count = defineTask(
  'faults.count',
  { retryBackoff: { seconds: 0.3, factor: 1 } },
  async (context, ledger, number, milliseconds, trouble) => {
    const mark = ledger + '.ended-its-thread-' + number
    const attempt = trouble === 'exit' && !existsSync(mark) ? 'exit' : String(context.retries)
    note(ledger, 'start', number, attempt)
    if (attempt === 'exit') {
      writeFileSync(mark, '')
      process.exit(7)
    }
    if (trouble === 'fail' && context.retries === 0) throw new TransientError('not the first time')
    await delay(milliseconds)
    note(ledger, 'end', number, attempt)
  },
)

/** Computes without a pause for so long. */
export const spin = defineTask('faults.spin', {}, (_context, ledger, number, milliseconds) => {
  note(ledger, 'start', number, '0')
  const end = performance.now() + milliseconds
  while (performance.now() < end);
  note(ledger, 'end', number, '0')
})

/** Waits, in this process, for the file that lets it pass, or the one that has it fail. */
export const gate = defineTask('faults.gate', {}, async (context, ledger, number) => {
  note(ledger, 'start', number, String(context.retries))
  const fail = ledger + '.fail-' + process.pid
  while (!existsSync(ledger + '.open-' + process.pid)) {
    if (existsSync(fail)) throw new TransientError('as it was asked to')
    await delay(5)
  }
  note(ledger, 'end', number, String(context.retries))
  return process.pid
})

/** Twenty a second, of all processes together. */
export const limited = defineTask(
  'faults.limited',
  { rateLimit: { rate: '20/s', scope: 'global' } },
  async (context, ledger, number, milliseconds) => {
    note(ledger, 'start', number, String(context.retries))
    await delay(milliseconds)
    note(ledger, 'end', number, String(context.retries))
  },
)

/** Fails the first time, and is run again so long after. */
export const again = defineTask(
  'faults.again',
  { retryBackoff: { seconds: 1.5, factor: 1 }, retryJitter: false },
  (context, ledger, number) => {
    note(ledger, 'start', number, String(context.retries))
    if (context.retries === 0) throw new TransientError('not the first time')
    note(ledger, 'end', number, String(context.retries))
  },
)
`

/** A folder with these tasks, and room for ledgers. */
export interface FaultFolder {
  /** Working folder of the workers: `-A faulty` finds the tasks there. */
  readonly path: string
  remove(): void
}

export function makeFaultFolder(): FaultFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'lv-faulty-')))
  mkdirSync(join(path, 'faulty'))
  writeFileSync(join(path, 'faulty/tasks.mjs'), source)
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 10 }) }
}
