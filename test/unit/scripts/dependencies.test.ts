import { expect } from 'chai'
import { utimesSync } from 'node:fs'
import { chooseNpmCommand, mustCompile } from './load-scripts.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const INSTALL_ALL = ['ci', '--include=dev']
const INSTALL = ['install', '--no-save', '--include=dev']
const INSTALLED = 'node_modules/.package-lock.json'
const SQLITE3 = 'node_modules/sqlite3/build/Release/node_sqlite3.node'

describe('scripts/dependencies.mjs', () => {
  let folder: TemporaryFolder

  beforeEach(() => {
    folder = new TemporaryFolder()
    for (const file of ['package-lock.json', SQLITE3, 'node_modules/typescript/package.json', INSTALLED])
      folder.write(file)
    setAge(INSTALLED, 60)
    setAge('package-lock.json', 120)
  })
  afterEach(() => folder.destroy())

  const setAge = (file: string, seconds: number): void => {
    const time = new Date(Date.now() - seconds * 1_000)
    utimesSync(folder.path(file), time, time)
  }
  const choose = (toBuild = false): string[] | undefined => chooseNpmCommand(folder.root, { toBuild })

  it('has npm do nothing where all is installed', () => {
    expect(choose(true)).to.equal(undefined)
    expect(mustCompile(folder.root)).to.equal(false)
  })

  it('installs, and compiles, where node_modules is missing', () => {
    folder.remove('node_modules')
    expect(choose()).to.deep.equal(INSTALL_ALL)
    expect(mustCompile(folder.root)).to.equal(true)
  })

  it('installs, and compiles, where npm has not finished', () => {
    folder.remove(INSTALLED)
    expect(choose()).to.deep.equal(INSTALL_ALL)
    expect(mustCompile(folder.root)).to.equal(true)
  })

  it('installs, but need not compile, where package-lock.json is newer', () => {
    setAge('package-lock.json', 30)
    expect(choose()).to.deep.equal(INSTALL)
    expect(mustCompile(folder.root)).to.equal(false)
  })

  it('installs where there is something to build, but nothing to build it with', () => {
    folder.remove('node_modules/typescript')
    expect(choose(false)).to.equal(undefined)
    expect(choose(true)).to.deep.equal(INSTALL)
  })

  it('compiles where only that is left to do', () => {
    folder.remove(SQLITE3)
    expect(choose()).to.deep.equal(['rebuild', 'sqlite3'])
    expect(mustCompile(folder.root)).to.equal(true)
  })
})
