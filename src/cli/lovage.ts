#!/usr/bin/env node
import { existsSync } from 'node:fs'

/**
 * What `lovage` is on the command line: the program from one file, which the build makes of its many modules and of the libraries
 * that they need, and which is read in half of the time; where it is not there, from the modules.
 */
const bundle = new URL('../../bundle/cli/main.js', import.meta.url)
const program = existsSync(bundle)
  ? ((await import(bundle.href)) as typeof import('./main.ts'))
  : await import('./main.ts')
await program.main(process.argv.slice(2))
