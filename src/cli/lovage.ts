#!/usr/bin/env node
import { existsSync } from 'node:fs'
import type * as main from './main.ts'

/**
 * What `lovage` is on the command line: the program from a few files, which the build makes of its many modules and of the
 * libraries that they need, as opening those takes longer than what most commands do; where they are not there, from the modules.
 */
const bundle = new URL('../../bundle/cli/main.js', import.meta.url)
const program: typeof main = existsSync(bundle) ? await import(bundle.href) : await import('./main.ts')
await program.main(process.argv.slice(2))
