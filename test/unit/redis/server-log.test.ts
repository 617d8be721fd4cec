import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { adviceFor, lastLogLines, logSize, rotateLog } from '../../../src/redis/server-log.ts'

function advice(line: string): string {
  return adviceFor(['1:M * Server initialized', line], '/data')
}

describe("the server's log", () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lovage-log-'))
  })

  afterEach(async () => {
    await rm(folder, { recursive: true })
  })

  it('is put aside when it is large, and one predecessor is kept', async () => {
    await rotateLog(folder)
    await writeFile(join(folder, 'redis.log'), 'x'.repeat(1024 * 1024))
    await rotateLog(folder)
    expect(await logSize(folder)).to.equal(1024 * 1024)
    await writeFile(join(folder, 'redis.log'), 'y'.repeat(1024 * 1024 + 1))
    await rotateLog(folder)
    expect(await logSize(folder)).to.equal(0)
    expect((await readFile(join(folder, 'redis.log.1'))).length).to.equal(1024 * 1024 + 1)
  })

  it('gives its last lines, those of this server only', async () => {
    expect(await lastLogLines(folder, 0)).to.deep.equal([])
    const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`)
    await writeFile(join(folder, 'redis.log'), `${lines.join('\n')}\n\n`)
    expect(await lastLogLines(folder, 0, 3)).to.deep.equal(['line 97', 'line 98', 'line 99'])
    const size = await logSize(folder)
    expect(await lastLogLines(folder, size - 'line 99\n\n'.length, 3)).to.deep.equal(['line 99'])
    expect(await lastLogLines(folder, size, 3)).to.deep.equal([])
    // It was put aside since.
    expect(await lastLogLines(folder, size + 1000, 1)).to.deep.equal(['line 99'])
  })

  it('leads to advice', () => {
    expect(advice('# Bad file format reading the append only file')).to.match(/Make a copy of \/data.*redis-check-aof/)
    expect(advice("# Can't handle RDB format version 12")).to.contain('newer server')
    expect(advice('# Error writing to the AOF file: No space left on device')).to.contain('disk of /data is full')
    expect(advice('# Failed opening Unix socket: bind: Operation not permitted')).to.contain('DATA_DIR')
    expect(advice('# something else')).to.equal('')
  })
})
