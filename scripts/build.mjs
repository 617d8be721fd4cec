import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SetUpError, exitOnFailure } from './failure.mjs'
import { fingerprint, listFiles } from './fingerprint.mjs'
import { run } from './run.mjs'
import { workAlone } from './work-alone.mjs'

/**
 * @typedef {object} Part one of the programs that are built, each when its own sources change
 * @property {(root: string) => string[]} listSources the files that it is made of; none where the part does not exist
 * @property {string} output the folder that it is built to
 * @property {string} stamp the file that keeps the fingerprint of the sources of the last build that succeeded
 * @property {(root: string, options: { afresh: boolean }) => Promise<void>} build `afresh`: trust nothing in `output`
 */

const SERVER_FOLDERS = ['src', 'tasks', 'config']
const COMMAND = 'src/cli/lovage.ts'
const BUNDLE_CONFIG = 'scripts/rolldown.config.mjs'
const WEB_CONFIG = 'src/web/vite.config.ts'

/** @type {Part[]} */
const PARTS = [
  {
    listSources: (root) => ['tsconfig.json', ...listServerFiles(root)],
    output: 'dist/src',
    stamp: 'dist/.server.stamp',
    build: buildServer,
  },
  {
    // Of the server as it was built just before, and libraries.
    listSources: (root) =>
      existsSync(join(root, COMMAND))
        ? ['package-lock.json', 'tsconfig.json', BUNDLE_CONFIG, ...listServerFiles(root)]
        : [],
    output: 'dist/bundle',
    stamp: 'dist/.bundle.stamp',
    build: bundleCommand,
  },
  {
    // Vue and what else npm brings is part of the pages, hence the lock file.
    listSources: (root) =>
      existsSync(join(root, WEB_CONFIG)) ? ['package-lock.json', ...listFiles(root, 'src/web')] : [],
    output: 'dist/web',
    stamp: 'dist/.web.stamp',
    build: buildWeb,
  },
]

/**
 * @param {string} root the project's folder
 * @returns {boolean} whether something in `dist` is missing, or older than its sources
 */
export function isStale(root) {
  return PARTS.some((part) => isPartStale(root, part))
}

/**
 * Builds the parts that are stale.
 *
 * @param {string} root the project's folder
 * @throws {SetUpError} with the compiler's output. The part then stays stale
 */
export async function build(root) {
  for (const part of PARTS) {
    if (!isPartStale(root, part)) continue
    // Taken before the build, so that a file that is saved meanwhile counts as changed.
    const sources = fingerprint(root, part.listSources(root))
    const stamp = join(root, part.stamp)
    const afresh = !existsSync(stamp) || !existsSync(join(root, part.output))
    rmSync(stamp, { force: true })
    await part.build(root, { afresh })
    writeFileSync(stamp, sources)
  }
}

/** @param {string} root @param {Part} part */
function isPartStale(root, { listSources, output, stamp }) {
  const sources = listSources(root)
  if (sources.length === 0) return false
  if (!existsSync(join(root, output)) || !existsSync(join(root, stamp))) return true
  return readFileSync(join(root, stamp), 'utf8') !== fingerprint(root, sources)
}

/** @param {string} root */
function listServerFiles(root) {
  return SERVER_FOLDERS.flatMap((folder) => listFiles(root, folder, 'src/web'))
}

/** @param {string} root @param {{ afresh: boolean }} options */
async function buildServer(root, { afresh }) {
  // tsc writes only what has changed since the run that this file describes, and does not look at what is there.
  if (afresh) rmSync(join(root, 'dist/.tsbuildinfo'), { force: true })
  await runTool(root, 'compiling the server with tsc', 'typescript/bin/tsc', ['-p', 'src/tsconfig.build.json'])

  const sources = listServerFiles(root)
  removeOrphans(root, new Set(sources.flatMap(listOutputs)))
  for (const source of sources) {
    if (source.endsWith('.ts') || /^tsconfig.*\.json$/.test(basename(source))) continue
    const copy = join(root, 'dist', source)
    mkdirSync(dirname(copy), { recursive: true })
    copyFileSync(join(root, source), copy)
  }
  for (const name of ['main', 'lovage']) {
    const program = join(root, `dist/src/cli/${name}.js`)
    if (existsSync(program)) chmodSync(program, 0o755)
  }
}

/** @param {string} root */
async function bundleCommand(root) {
  const config = ['--config', BUNDLE_CONFIG]
  await runTool(root, 'bundling the command with rolldown', 'rolldown/bin/cli.mjs', config)
}

/** @param {string} root */
async function buildWeb(root) {
  // With another NODE_ENV in the environment, Vite would put the development build of Vue into the pages.
  const environment = { NODE_ENV: 'production' }
  await runTool(
    root,
    'building the web pages with vite',
    'vite/bin/vite.js',
    ['build', '--config', WEB_CONFIG],
    environment,
  )
}

/** @param {string} source @returns {string[]} what becomes of it in `dist` */
function listOutputs(source) {
  if (!source.endsWith('.ts')) return [source]
  const script = source.replace(/\.ts$/, '.js')
  return [script, `${script}.map`, source.replace(/\.ts$/, '.d.ts')]
}

/**
 * Removes the outputs whose source is gone: a task that was deleted must not be found any more.
 *
 * @param {string} root
 * @param {Set<string>} outputs those that have a source
 */
function removeOrphans(root, outputs) {
  const dist = join(root, 'dist')
  const orphans = SERVER_FOLDERS.flatMap((folder) => listFiles(dist, folder)).filter((file) => !outputs.has(file))
  for (const orphan of orphans) {
    rmSync(join(dist, orphan))
    removeEmptyFolders(dist, dirname(orphan))
  }
}

/** @param {string} dist @param {string} folder in `dist`; it is removed where empty, and so are those it is in */
function removeEmptyFolders(dist, folder) {
  if (folder === '.' || readdirSync(join(dist, folder)).length > 0) return
  rmdirSync(join(dist, folder))
  removeEmptyFolders(dist, dirname(folder))
}

/**
 * @param {string} root
 * @param {string} label
 * @param {string} tool its script, in node_modules
 * @param {string[]} args
 * @param {Record<string, string>} [environment]
 */
async function runTool(root, label, tool, args, environment = {}) {
  const script = join('node_modules', tool)
  if (!existsSync(join(root, script))) throw new SetUpError(`${script} is missing. Type: npm run setup`)
  await run(process.execPath, [script, ...args], { label, cwd: root, environment })
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  await exitOnFailure(() => workAlone(root, () => build(root)))
}
