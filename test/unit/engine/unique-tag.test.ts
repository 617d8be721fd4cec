import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect } from 'chai'
import { uniqueTag } from '../../../src/engine/unique-tag.ts'

describe('a unique tag', () => {
  it('is short plain text, and no two are the same', () => {
    const tags = Array.from({ length: 10_000 }, uniqueTag)
    expect(new Set(tags).size).to.equal(10_000)
    for (const tag of tags) expect(tag).to.match(/^[\w.-]{14,20}$/)
  })

  it('is another in another thread', async () => {
    const source = `
      const { parentPort, workerData } = require('node:worker_threads')
      import('tsx/esm/api').then(({ tsImport }) => tsImport(workerData, workerData))
        .then(({ uniqueTag }) => parentPort.postMessage([uniqueTag(), uniqueTag()]))`
    const file = new URL('../../../src/engine/unique-tag.ts', import.meta.url).href
    const startOf = (tag: string): string => tag.split('.')[0] ?? ''
    const worker = new Worker(source, { eval: true, workerData: file })
    const [theirs] = (await once(worker, 'message')) as [string[]]
    await worker.terminate()
    expect(new Set(theirs.map(startOf)).size).to.equal(1)
    expect(startOf(theirs[0] ?? ''))
      .to.not.equal(startOf(uniqueTag()))
      .and.to.not.equal('')
  })
})
