// Has as many threads as are given, which do nothing, and the modules that a service like ours cannot be without.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { given, tell } from '../given.mjs'

for (const name of given.modules) await import(name)
const threads = Array.from({ length: given.threads }, () => new Worker('setInterval(() => {}, 60_000)', { eval: true }))
await Promise.all(threads.map((thread) => once(thread, 'online')))
tell({ threads: threads.length })
