import { chmod, chown, mkdir, mkdtemp, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { expect } from 'chai'
import { existingFolder, prepareFolder, prepareSocketFolder, socketPathOf } from '../../../src/redis/server-folder.ts'
import { setupFailure } from '../../support/setup-failure.ts'

async function mode(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777
}

async function failure(work: Promise<unknown>): Promise<string> {
  return await setupFailure('BAD_FOLDER', work)
}

describe('the folder of an embedded Redis', () => {
  let root: string

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'lovage-folder-')))
  })

  afterEach(async () => {
    await rm(root, { recursive: true })
  })

  it('is made, with those above it, and closed to others', async () => {
    const folder = join(root, 'data', 'redis')
    expect(await prepareFolder(folder)).to.equal(folder)
    expect(await mode(folder)).to.equal(0o700)
    await chmod(folder, 0o755)
    await prepareFolder(folder)
    expect(await mode(folder)).to.equal(0o700)
  })

  it('has one path, however it is named', async () => {
    await mkdir(join(root, 'real'))
    await symlink('real', join(root, 'link'))
    expect(await prepareFolder(join(root, 'link'))).to.equal(join(root, 'real'))
    expect(await existingFolder(join(root, 'link'))).to.equal(join(root, 'real'))
    expect(await existingFolder(join(root, 'none'))).to.equal(null)
  })

  it('must be a folder', async () => {
    await writeFile(join(root, 'file'), '')
    expect(await failure(prepareFolder(join(root, 'file')))).to.match(/can't use the folder .*\/file: EEXIST/)
    expect(await failure(prepareFolder(join(root, 'file', 'redis')))).to.match(/can't use the folder .*: ENOTDIR/)
  })

  it('holds the socket while its path is short enough', () => {
    const folder = `/${'x'.repeat(95)}`
    expect(Buffer.byteLength(`${folder}/redis.sock`)).to.equal(107)
    if (process.platform === 'linux') expect(socketPathOf(folder, null)).to.equal(`${folder}/redis.sock`)
    expect(socketPathOf(`${folder}x`, null)).to.match(
      new RegExp(`^${tmpdir()}/lovage-${process.geteuid?.()}-[0-9a-f]{16}/redis\\.sock$`),
    )
    // Bytes count, not characters.
    expect(dirname(socketPathOf(`/${'ä'.repeat(50)}`, null))).to.not.contain('ä')
  })

  it('has its socket where it was, when processes have different temporary folders', () => {
    const folder = `/${'x'.repeat(120)}`
    const path = socketPathOf(folder, null)
    const elsewhere = join('/elsewhere', basename(dirname(path)), 'redis.sock')
    expect(socketPathOf(folder, elsewhere)).to.equal(elsewhere)
    expect(socketPathOf(folder, '/elsewhere/lovage-0-0000/redis.sock')).to.equal(path)
    expect(socketPathOf('/short', '/elsewhere/redis.sock')).to.equal('/short/redis.sock')
  })

  it('makes a folder for a socket elsewhere, and takes none that is not ours alone', async () => {
    const place = join(root, 'socket')
    const prepare = (): Promise<void> => prepareSocketFolder('/data', join(place, 'redis.sock'))
    await prepare()
    expect(await mode(place)).to.equal(0o700)
    await prepare()
    await chmod(place, 0o710)
    expect(await failure(prepare())).to.contain('its mode must be 700')
    await rm(place, { recursive: true })
    await mkdir(join(root, 'other'), { mode: 0o700 })
    await symlink('other', place)
    expect(await failure(prepare())).to.contain('is not a folder')
    await rm(place)
    await writeFile(place, '')
    expect(await failure(prepare())).to.contain('is not a folder')
    expect(await failure(prepareSocketFolder('/data', join(root, 'no', 'such', 'redis.sock')))).to.contain('ENOENT')
    expect(await failure(prepareSocketFolder('/data', join(root, 'x'.repeat(107), 'redis.sock')))).to.contain(
      'too long',
    )
  })

  it('must be our own', async function () {
    if (process.geteuid?.() !== 0) this.skip()
    const place = join(root, 'foreign')
    await mkdir(place, { mode: 0o700 })
    await chown(place, 12_345, 12_345)
    expect(await failure(prepareFolder(place))).to.contain('belongs to another user (number 12345)')
    expect(await failure(prepareSocketFolder('/data', join(place, 'redis.sock')))).to.contain('belongs to another user')
  })
})
