#!/usr/bin/env node
import { existsSync } from 'node:fs'
import type * as main from './main.ts'

/**
 * What `lovage` is on the command line: the program from one file, which the build makes of its many modules and of the libraries
 * that they need, and which is read in half of the time; where it is not there, from the modules.
 */
const bundle = new URL('../../bundle/cli/main.js', import.meta.url)
const program: typeof main = existsSync(bundle) ? await import(bundle.href) : await import('./main.ts')
await program.main(process.argv.slice(2))
