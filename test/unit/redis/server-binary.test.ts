import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { findServerBinary } from '../../../src/redis/server-binary.ts'
import { setupFailure } from '../../support/setup-failure.ts'

async function failure(command?: string): Promise<string> {
  return await setupFailure('NO_SERVER', findServerBinary(command))
}

describe('the server program', () => {
  let folder: string
  const path = process.env['PATH']

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lovage-binary-'))
    process.env['PATH'] = `/nowhere::${folder}`
  })

  afterEach(async () => {
    process.env['PATH'] = path
    await rm(folder, { recursive: true })
  })

  async function program(name: string, script: string): Promise<string> {
    const file = join(folder, name)
    await writeFile(file, `#!/bin/sh\n${script}\n`)
    await chmod(file, 0o755)
    return file
  }

  it('is redis-server from PATH', async () => {
    const file = await program('redis-server', 'echo "Redis server v=7.0.15 sha=00000000:0 malloc=x bits=64 build=1"')
    await program('valkey-server', 'echo "Valkey server v=8.0.1 sha=00000000:0"')
    expect(await findServerBinary()).to.deep.equal({ path: file, version: '7.0.15' })
  })

  it('is valkey-server when there is no redis-server, or only an old one', async () => {
    const file = await program('valkey-server', 'echo "Valkey server v=8.0.1 sha=00000000:0"')
    expect(await findServerBinary()).to.deep.equal({ path: file, version: '8.0.1' })
    await program('redis-server', 'echo "Redis server v=5.0.7 sha=00000000:0"')
    expect(await findServerBinary()).to.deep.equal({ path: file, version: '8.0.1' })
  })

  it('must be 6.2 or newer', async () => {
    for (const [version, good] of [
      ['6.0.16', false],
      ['6.1.99', false],
      ['6.2.0', true],
      ['6.10.1', true],
      ['10.0.0', true],
    ] as const) {
      const file = await program('redis-server', `echo "Redis server v=${version} sha=0"`)
      if (good) expect(await findServerBinary()).to.deep.equal({ path: file, version })
      else expect(await failure()).to.contain(`${file} is version ${version}; valkey-server was not found`)
    }
  })

  it('is missed with what to do', async () => {
    expect(await failure()).to.match(
      /needs redis-server or valkey-server, version 6\.2 or newer: redis-server was not found; valkey-server was not found\. Install one .* or set REDIS_URL/,
    )
  })

  it('is the given one and no other', async () => {
    await program('redis-server', 'echo "Redis server v=7.0.15 sha=0"')
    const file = await program('other', 'echo "Redis server v=7.2.4 sha=0"')
    expect(await findServerBinary('other')).to.deep.equal({ path: file, version: '7.2.4' })
    expect(await findServerBinary(file)).to.deep.equal({ path: file, version: '7.2.4' })
    expect(await failure('none')).to.contain('none was not found')
    expect(await failure('/no/such/server')).to.contain('/no/such/server was not found')
  })

  it('must say what it is', async () => {
    const file = await program('redis-server', 'echo hello')
    expect(await failure()).to.contain(`${file} --version does not name a version, but says "hello\\n"`)
    await program('redis-server', 'echo broken >&2; exit 3')
    expect(await failure()).to.contain(`${file} --version failed`)
    await chmod(file, 0o644)
    expect(await failure()).to.contain('redis-server was not found')
  })
})
