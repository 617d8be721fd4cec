import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { promisify } from 'node:util'

/**
 * @typedef {object} Machine
 * @property {string} text the same for people
 * @property {{ processors: number, model: string, memoryBytes: number, platform: string }} hardware
 * @property {Record<string, string>} versions of what takes part
 */

const ASK_CELERY =
  'import celery, kombu, redis, hiredis; print(celery.__version__, kombu.__version__, hiredis.__version__)'

/** What the figures are of. @returns {Promise<Machine>} */
export async function describeMachine() {
  const hardware = {
    processors: availableParallelism(),
    model: cpus()[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
  }
  const [celery = 'missing', kombu = '', hiredis = ''] = (await output('/usr/bin/python3', ['-c', ASK_CELERY])).split(
    ' ',
  )
  const versions = {
    node: process.versions.node,
    redis: /v=(\S+)/.exec(await output('redis-server', ['--version']))?.[1] ?? 'missing',
    lovage: packageVersion('../../package.json'),
    bullmq: packageVersion('../node_modules/bullmq/package.json'),
    'bee-queue': packageVersion('../node_modules/bee-queue/package.json'),
    piscina: packageVersion('../node_modules/piscina/package.json'),
    celery,
    kombu,
    hiredis,
  }
  const memory = `${Math.round(hardware.memoryBytes / 2 ** 30)} GiB`
  const known = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const text = `${hardware.processors} × ${hardware.model}, ${memory}, ${hardware.platform}; ${known.join(', ')}`
  return { text, hardware, versions }
}

/** @param {string} path from this file */
function packageVersion(path) {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version
}

/** @param {string} program @param {string[]} args @returns {Promise<string>} '' where it can't be run */
async function output(program, args) {
  try {
    const { stdout } = await promisify(execFile)(program, args, { timeout: 10_000 })
    return stdout.trim()
  } catch {
    return ''
  }
}
