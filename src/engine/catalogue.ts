import { readdir, stat } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { EngineError, messageOf } from './errors.ts'
import { isTaskDefinition, type TaskDefinition } from './task.ts'

/** The tasks that a process knows. */
export interface Catalogue {
  readonly tasks: ReadonlyMap<string, TaskDefinition>
  /** The files they come from, as file URLs: what a thread loads. */
  readonly files: readonly string[]
}

const extensions = new Set(['.ts', '.mts', '.js', '.mjs', '.cjs'])

/**
 * Finds the task files of subjects and loads them.
 *
 * @param places modules or folders (`tasks/sms`), looked for in `bases`, in their order. A folder's own files are taken; a folder that holds
 *   only folders stands for all of those. `foo.ts` and, for a module without its extension, `foo` both find `foo.ts` or
 *   `foo.js`; a dotted name, as Celery's users write it (`tasks.sms`), is tried as a path.
 * @throws EngineError TASK_FILE_MISSING, TASK_FILE_BROKEN, TASK_NAME_TAKEN
 */
export async function autodiscover(places: readonly string[], bases: readonly string[]): Promise<Catalogue> {
  const files: string[] = []
  for (const place of places) {
    for (const file of await filesOf(place, bases)) {
      const url = pathToFileURL(file).href
      if (!files.includes(url)) files.push(url)
    }
  }
  return loadTasks(files)
}

/**
 * Loads task files and collects the tasks that they export.
 *
 * @param files file URLs
 * @throws EngineError TASK_FILE_BROKEN, TASK_NAME_TAKEN
 */
export async function loadTasks(files: readonly string[]): Promise<Catalogue> {
  await understandTypescript(files)
  const tasks = new Map<string, TaskDefinition>()
  const origins = new Map<string, string>()
  for (const file of files) {
    const shown = fileURLToPath(file)
    let exported: Record<string, unknown>
    try {
      exported = (await import(file)) as Record<string, unknown>
    } catch (error) {
      const reason = `${messageOf(error)}${adviceFor(shown, error)}`
      throw new EngineError('TASK_FILE_BROKEN', `could not load the task file ${shown}: ${reason}`, { cause: error })
    }
    const definitions = new Set(Object.values(exported).filter(isTaskDefinition))
    if (definitions.size === 0) {
      throw new EngineError('TASK_FILE_BROKEN', `${shown}: expected at least one exported defineTask(...), came none`)
    }
    for (const task of definitions) {
      if (tasks.has(task.name)) {
        const both = `${origins.get(task.name)} and ${shown}`
        throw new EngineError('TASK_NAME_TAKEN', `two tasks are named ${task.name}: in ${both}`)
      }
      tasks.set(task.name, task)
      origins.set(task.name, shown)
    }
  }
  return { tasks, files }
}

/** Node 20 does not read TypeScript by itself: where tsx is installed, it does. */
async function understandTypescript(files: readonly string[]): Promise<void> {
  const source = files.find((file) => /\.m?ts$/.test(file))
  if (source === undefined || import.meta.url.endsWith('.ts') || 'typescript' in process.features) return
  try {
    const { register } = await import('tsx/esm/api')
    register()
  } catch (error) {
    throw new EngineError('TASK_FILE_BROKEN', `${fileURLToPath(source)}: TypeScript task files need the package tsx`, {
      cause: error,
    })
  }
}

/**
 * tsx goes by package.json: without "type": "module" there, a `.ts` file counts as CommonJS, which would get a second copy of
 * the engine (and of its error classes), or does not load at all.
 */
function adviceFor(path: string, error: unknown): string {
  const isMistaken = path.endsWith('.ts') && messageOf(error).includes('ES Module')
  return isMistaken ? '. Name it .mts, or put "type": "module" into the package.json of its folder' : ''
}

async function filesOf(place: string, bases: readonly string[]): Promise<string[]> {
  const path = await existing(place, bases)
  if (!(await stat(path)).isDirectory()) {
    if (extensions.has(extname(path))) return [path]
    throw new EngineError(
      'TASK_FILE_MISSING',
      `${place}: expected a task file (${[...extensions].join(' ')}) or a folder`,
    )
  }
  const entries = await readdir(path, { withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile() && extensions.has(extname(entry.name)) && !entry.name.endsWith('.d.ts'))
    .map((entry) => join(path, entry.name))
    .toSorted()
  if (files.length > 0) return files
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => join(path, entry.name))
  if (folders.length === 0)
    throw new EngineError('TASK_FILE_MISSING', `${place}: the folder ${path} holds no task file`)
  return (await Promise.all(folders.toSorted().map((folder) => filesOf(folder, bases)))).flat()
}

async function existing(place: string, bases: readonly string[]): Promise<string> {
  const names = place.includes('/') || extensions.has(extname(place)) ? [place] : [place, place.replaceAll('.', '/')]
  const candidates = names.flatMap((name) => [name, ...[...extensions].map((extension) => `${name}${extension}`)])
  for (const base of bases) {
    for (const candidate of candidates) {
      const path = resolve(base, candidate)
      if ((await stat(path).catch(() => null)) !== null) return path
    }
  }
  throw new EngineError('TASK_FILE_MISSING', `no task file or folder ${place} in ${bases.join(' or ')}`)
}
