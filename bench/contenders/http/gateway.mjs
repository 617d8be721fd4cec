// An SMS provider that checks each request as the real one does: it takes every message at once, or never answers.
import { once } from 'node:events'
import { FakeYuntongxun } from '../../../test/support/fake-yuntongxun.ts'
import { given, tell } from '../given.mjs'

const provider = await FakeYuntongxun.start()
provider.behaviour = { kind: given.answers ? 'ok' : 'hang' }
process.stdout.write(`${provider.baseUrl}\n`)
await once(process.stdin, 'data')
tell({ sent: provider.sent.length, faults: provider.faults.length, requests: provider.requests })
