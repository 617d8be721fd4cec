import { build, isStale } from './build.mjs'
import { chooseNpmCommand, installDependencies, mustCompile } from './dependencies.mjs'
import { SetUpError } from './failure.mjs'
import { findPackageManager, findRights, planInstall } from './package-managers.mjs'
import { EXTRAS, findShortcoming, selectRequirements } from './requirements.mjs'
import { run } from './run.mjs'
import { workAlone } from './work-alone.mjs'

/**
 * Makes the machine and the folder ready, in silence where they are:
 *
 * 1. looks at what is missing, and ends here if nothing is
 * 2. waits for others who set up the same folder, and looks again
 * 3. installs programs with the system's package manager, or says what to type
 * 4. installs npm packages
 * 5. builds
 *
 * @param {string} root the project's folder
 * @param {import('./setup.mjs').SetUpOptions} options
 * @throws {SetUpError}
 */
export async function prepare(root, options) {
  const unknown = options.extras.filter((extra) => !EXTRAS.includes(extra))
  if (unknown.length > 0) {
    throw new SetUpError(`--with takes one of ${EXTRAS.join(', ')}, but was given "${unknown.join('", "')}"`)
  }
  if (await isReady(root, options)) return
  await workAlone(root, async () => {
    await installPrograms(root, options)
    await installDependencies(root, { toBuild: isStale(root) })
    await build(root)
  })
}

/** @param {string} root @param {import('./setup.mjs').SetUpOptions} options */
async function isReady(root, options) {
  const toBuild = isStale(root)
  if (toBuild || chooseNpmCommand(root, { toBuild }) !== undefined) return false
  return (await findMissing(root, options)).length === 0
}

/**
 * @param {string} root
 * @param {import('./setup.mjs').SetUpOptions} options
 * @returns {Promise<{ requirement: import('./requirements.mjs').Requirement, shortcoming: string }[]>}
 */
async function findMissing(root, { purpose, extras }) {
  const requirements = selectRequirements({
    // Tests start a Redis of their own whatever the environment says.
    redis: purpose === 'test' || !process.env.REDIS_URL,
    compilers: mustCompile(root),
    extras,
  })
  const missing = []
  for (const requirement of requirements) {
    const shortcoming = await findShortcoming(requirement, readPath())
    if (shortcoming !== undefined) missing.push({ requirement, shortcoming })
  }
  return missing
}

/** @param {string} root @param {import('./setup.mjs').SetUpOptions} options */
async function installPrograms(root, options) {
  const missing = await findMissing(root, options)
  if (missing.length === 0) return

  const manager = findPackageManager(readPath())
  if (manager === undefined) throw new SetUpError(`${explain(missing)}. Install it, then start again`)

  const packages = missing.flatMap(({ requirement }) => requirement.packages[manager.command] ?? [])
  const { commands, typed } = planInstall(manager, await findRights(), packages)
  if (commands.length === 0) {
    const who = manager.root ? '' : ', as a user other than root'
    throw new SetUpError(`${explain(missing)}. Type${who}, then start again:\n\n  ${typed}\n`)
  }
  const names = missing.map(({ requirement }) => requirement.name).join(', ')
  for (const [place, [program = '', ...args]] of commands.entries()) {
    const isLast = place === commands.length - 1
    const label = isLast
      ? `installing ${names} with ${manager.command}`
      : `reading ${manager.command}'s list of packages`
    try {
      await run(program, args, { label, cwd: root, tailLines: 60, patient: true })
    } catch (error) {
      // The old list may be good enough, where some source of another program's cannot be read.
      if (isLast) throw error
    }
  }
  const still = await findMissing(root, options)
  if (still.length > 0) throw new SetUpError(`${explain(still)}, and ${manager.command} has not brought it`)
}

/** @param {{ shortcoming: string }[]} missing */
function explain(missing) {
  return missing.map(({ shortcoming }) => shortcoming).join('; ')
}

function readPath() {
  return process.env.PATH ?? ''
}
