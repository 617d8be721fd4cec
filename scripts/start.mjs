// Runs on Node versions that are too old for Lovage, to be able to say so: no syntax newer than ES2020 here.
//
// 1. makes everything ready
// 2. runs `lovage serve` in this same process, so that a signal that npm passes on reaches the server itself
import { setUp } from './setup.mjs'

async function start() {
  await setUp({ purpose: 'start', extras: [] })
  const { main } = await import(new URL('../dist/src/cli/main.js', import.meta.url).href)
  await main(['serve', ...process.argv.slice(2)])
}

void start()
