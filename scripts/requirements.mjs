import { execFile } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { isAtLeast, parseVersion } from './version.mjs'

/**
 * @typedef {object} Requirement
 * @property {'redis' | 'compiler' | 'extra'} need when it is needed: Redis unless another one is used, compilers where
 *   sqlite3 is compiled, extras when asked for by `name`
 * @property {string} name for `--with` and for messages
 * @property {string[]} commands one of these is enough; looked for on the PATH unless absolute
 * @property {string[]} [modules] of Python, all of them needed: each command then is a Python that may have them
 * @property {import('./version.mjs').Version} [minimum] the oldest version that will do, by `<command> --version`
 * @property {Record<string, string[]>} packages by package manager
 */

/** Everything that Lovage may need on a machine beside Node.js. @type {Requirement[]} */
export const REQUIREMENTS = [
  {
    need: 'redis',
    name: 'redis-server',
    commands: ['redis-server', 'valkey-server'],
    minimum: [6, 2, 0],
    packages: { 'apt-get': ['redis-server'], apk: ['redis'], dnf: ['valkey'], brew: ['redis'] },
  },
  {
    need: 'compiler',
    name: 'python3',
    commands: ['python3'],
    packages: { 'apt-get': ['python3'], apk: ['python3'], dnf: ['python3'], brew: ['python'] },
  },
  {
    need: 'compiler',
    name: 'make',
    commands: ['make'],
    packages: { 'apt-get': ['make'], apk: ['make'], dnf: ['make'], brew: ['make'] },
  },
  {
    need: 'compiler',
    name: 'g++',
    commands: ['g++', 'c++', 'clang++'],
    packages: { 'apt-get': ['g++'], apk: ['g++'], dnf: ['gcc-c++'], brew: ['gcc'] },
  },
  {
    need: 'extra',
    name: 'chromium',
    commands: [
      'chromium',
      'chromium-browser',
      'google-chrome',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
    ],
    packages: {
      'apt-get': ['chromium'],
      apk: ['chromium'],
      dnf: ['chromium'],
      brew: ['--cask', 'google-chrome'],
    },
  },
  {
    need: 'extra',
    name: 'celery',
    commands: ['celery'],
    packages: {
      'apt-get': ['celery', 'python3-redis', 'python3-hiredis'],
      apk: ['py3-celery', 'py3-redis'],
      dnf: ['python3-celery', 'python3-redis'],
      brew: ['celery'],
    },
  },
  {
    // What Celery is measured with: its pools for tasks that wait, and the fast reader of what Redis answers.
    need: 'extra',
    name: 'celery-pools',
    commands: ['/usr/bin/python3', 'python3'],
    modules: ['eventlet', 'gevent', 'hiredis'],
    packages: {
      'apt-get': ['python3-eventlet', 'python3-gevent', 'python3-hiredis'],
      apk: ['py3-eventlet', 'py3-gevent', 'py3-hiredis'],
      dnf: ['python3-eventlet', 'python3-gevent', 'python3-hiredis'],
      brew: ['python'],
    },
  },
  {
    need: 'extra',
    name: 'openssl',
    commands: ['openssl'],
    packages: { 'apt-get': ['openssl'], apk: ['openssl'], dnf: ['openssl'], brew: ['openssl'] },
  },
  {
    need: 'extra',
    name: 'postgresql',
    // Debian keeps it off the PATH.
    commands: ['postgres', ...[18, 17, 16, 15, 14, 13].map((major) => `/usr/lib/postgresql/${major}/bin/postgres`)],
    packages: {
      'apt-get': ['postgresql'],
      apk: ['postgresql'],
      dnf: ['postgresql-server'],
      brew: ['postgresql'],
    },
  },
]

/** What `--with` can name. */
export const EXTRAS = REQUIREMENTS.filter(({ need }) => need === 'extra').map(({ name }) => name)

/**
 * @param {{ redis: boolean, compilers: boolean, extras: string[] }} needs
 * @returns {Requirement[]}
 */
export function selectRequirements({ redis, compilers, extras }) {
  return REQUIREMENTS.filter(
    ({ need, name }) =>
      (need === 'redis' && redis) || (need === 'compiler' && compilers) || (need === 'extra' && extras.includes(name)),
  )
}

/**
 * @param {Requirement} requirement
 * @param {string} path the PATH
 * @returns {Promise<string | undefined>} what is missing, undefined where the requirement is met
 */
export async function findShortcoming({ name, commands, modules, minimum }, path) {
  const names = commands.filter((command) => !isAbsolute(command)).join(' or ')
  const version = minimum === undefined ? '' : ` ${minimum.join('.')} or later`
  const wanted = `${names}${version}${modules === undefined ? '' : ` with ${modules.join(', ')}`}`
  const tooOld = []
  for (const command of commands) {
    const file = findCommand(command, path)
    if (file === undefined) continue
    if (modules !== undefined && !(await hasModules(file, modules))) continue
    if (minimum === undefined) return undefined
    const version = await readVersion(file)
    if (version !== undefined && isAtLeast(version, minimum)) return undefined
    tooOld.push(`${file} is ${version === undefined ? 'of no known version' : version.join('.')}`)
  }
  const found = tooOld.length === 0 ? '' : `, but ${tooOld.join(' and ')}`
  return `${name} is missing: ${wanted} is needed${found}`
}

/**
 * @param {string} command a name, or an absolute path
 * @param {string} path the PATH
 * @returns {string | undefined} the executable file
 */
export function findCommand(command, path) {
  const files = isAbsolute(command)
    ? [command]
    : path
        .split(delimiter)
        .filter(Boolean)
        .map((folder) => join(folder, command))
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK)
      return statSync(file).isFile()
    } catch {
      return false
    }
  })
}

/** @param {string} python @param {string[]} modules @returns {Promise<boolean>} */
function hasModules(python, modules) {
  return new Promise((resolve) => {
    execFile(python, ['-c', `import ${modules.join(', ')}`], { timeout: 10_000 }, (error) => resolve(error === null))
  })
}

/** @param {string} file @returns {Promise<import('./version.mjs').Version | undefined>} */
function readVersion(file) {
  return new Promise((resolve) => {
    execFile(file, ['--version'], { timeout: 5_000 }, (error, output) => {
      resolve(error === null ? parseVersion(output) : undefined)
    })
  })
}
