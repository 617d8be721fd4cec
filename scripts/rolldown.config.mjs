import { dirname, relative, resolve } from 'node:path'

/**
 * Makes one file of the command line and the commands that ask the nodes, with the libraries that they need: opening a hundred
 * files takes longer than all that `lovage inspect ping` does. Whatever else a command needs stays outside, in modules of its own.
 * So do the classes of errors, which are caught by their class: of those there may be only one.
 */

/** Loaded when it is needed, and still a part of the bundle. */
const inside = /\/cli\/remote-run\.js$/
const errors = /\/(?:cli\/command-error|config\/settings-error|engine\/errors|redis\/errors)\.js$/

/** As deep in `dist` as the modules are: what they find beside them is found from here, too. */
const output = 'dist/bundle/cli'

/** @type {import('rolldown').Plugin} */
const outside = {
  name: 'lovage-outside',
  resolveId(source, importer, { kind }) {
    if (importer === undefined || !source.startsWith('.') || importer.includes('/node_modules/')) return null
    const id = resolve(dirname(importer), source)
    const isOutside = errors.test(id) || (kind === 'dynamic-import' && !inside.test(id))
    return isOutside ? { id: relative(output, id), external: true } : null
  },
}

/** @type {import('rolldown').RolldownOptions} */
export default {
  input: 'dist/src/cli/main.js',
  platform: 'node',
  plugins: [outside],
  logLevel: 'warn',
  output: {
    dir: output,
    format: 'esm',
    cleanDir: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  },
}
