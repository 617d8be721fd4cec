import { dirname, relative, resolve } from 'node:path'

/**
 * Makes two files of the command line and of the commands that only ask Redis something, with the libraries that they need: opening
 * a hundred files takes longer than all that `lovage inspect ping` does. What else is loaded when it is needed stays outside, in
 * modules of its own.
 */

/** Loaded when it is needed, and still a part of the bundle. */
const inside = /\/cli\/(?:remote-run|(?:call|result|purge|dead|events)-command)\.js$/

/** Errors are caught by their class, of which there may be only one; a script stands beside its module. */
const apart =
  /\/(?:cli\/command-error|config\/settings-error|engine\/errors|redis\/errors|engine\/broker\/lua-scripts)\.js$/

const input = resolve('dist/src/cli/main.js')

/** As deep in `dist` as the modules are: what they find beside them is found from here, too. */
const output = 'dist/bundle/cli'

/** @type {Set<string>} what is always loaded */
const front = new Set()

/** @type {import('rolldown').Plugin} */
const parts = {
  name: 'lovage-parts',
  resolveId(source, importer, { kind }) {
    if (importer === undefined || !source.startsWith('.') || importer.includes('/node_modules/')) return null
    const id = resolve(dirname(importer), source)
    const isOutside = apart.test(id) || (kind === 'dynamic-import' && !inside.test(id))
    return isOutside ? { id: relative(output, id), external: true } : null
  },
  buildEnd() {
    const left = [input]
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      if (front.has(id)) continue
      front.add(id)
      left.push(...(this.getModuleInfo(id)?.importedIds ?? []))
    }
  },
}

/** @type {import('rolldown').RolldownOptions} */
export default {
  input,
  platform: 'node',
  plugins: [parts],
  logLevel: 'warn',
  output: {
    dir: output,
    format: 'esm',
    cleanDir: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    codeSplitting: {
      groups: [
        { name: 'front', test: (id) => front.has(id), priority: 1 },
        { name: 'asking', test: /./, priority: 0 },
      ],
    },
  },
}
