/*
 * Installs the peers' packages, in silence where they are: bench/package.json has them, so that they weigh on nobody who
 * does not measure.
 */
import { existsSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exitOnFailure } from '../scripts/failure.mjs'
import { run } from '../scripts/run.mjs'
import { workAlone } from '../scripts/work-alone.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const BENCH = join(ROOT, 'bench')
/** What npm writes last, when node_modules is complete. */
const INSTALLED = join(BENCH, 'node_modules/.package-lock.json')

/** Whether the peers' packages are those of the lock file. */
function isInstalled() {
  return existsSync(INSTALLED) && statSync(INSTALLED).mtimeMs >= statSync(join(BENCH, 'package-lock.json')).mtimeMs
}

await exitOnFailure(async () => {
  if (isInstalled()) return
  await workAlone(ROOT, async () => {
    if (isInstalled()) return
    await run('npm', ['ci'], { label: "installing the peers' npm packages", cwd: BENCH, tailLines: 60 })
    // npm leaves this file as it is where it finds nothing to change.
    utimesSync(INSTALLED, new Date(), new Date())
  })
})
