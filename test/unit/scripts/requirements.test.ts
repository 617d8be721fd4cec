import { expect } from 'chai'
import {
  EXTRAS,
  PACKAGE_MANAGERS,
  REQUIREMENTS,
  findCommand,
  findShortcoming,
  selectRequirements,
} from './load-scripts.ts'
import { TemporaryFolder } from './temporary-folder.ts'

describe('scripts/requirements.mjs', () => {
  let folder: TemporaryFolder
  let path: string

  beforeEach(() => {
    folder = new TemporaryFolder()
    path = `${folder.path('first')}:${folder.path('second')}`
  })
  afterEach(() => folder.destroy())

  const addCommand = (file: string, output = ''): void => folder.write(file, `#!/bin/sh\necho '${output}'\n`, 0o755)

  it('has packages for every package manager, and a name for each requirement', () => {
    const managers = PACKAGE_MANAGERS.map(({ command }) => command)
    for (const { packages } of REQUIREMENTS) expect(packages).to.have.all.keys(managers)
    expect(new Set(REQUIREMENTS.map(({ name }) => name)).size).to.equal(REQUIREMENTS.length)
  })

  it('selects what is needed', () => {
    const select = (redis: boolean, compilers: boolean, extras: string[]): string[] =>
      selectRequirements({ redis, compilers, extras }).map(({ name }) => name)
    expect(select(false, false, [])).to.deep.equal([])
    expect(select(true, false, [])).to.deep.equal(['redis-server'])
    expect(select(false, true, [])).to.deep.equal(['python3', 'make', 'g++'])
    expect(select(true, false, ['chromium'])).to.deep.equal(['redis-server', 'chromium'])
    expect(EXTRAS).to.deep.equal(['chromium', 'celery', 'celery-pools', 'openssl', 'postgresql'])
  })

  describe('findCommand', () => {
    it('takes the first on the PATH that is an executable file', () => {
      folder.write('first/make')
      folder.write('first/g++/make')
      addCommand('second/make')
      addCommand('second/g++')
      expect(findCommand('make', path)).to.equal(folder.path('second/make'))
      expect(findCommand('g++', path)).to.equal(folder.path('second/g++'))
      expect(findCommand('c++', path)).to.equal(undefined)
    })

    it('finds nothing on an empty PATH', () => {
      expect(findCommand('sh', '')).to.equal(undefined)
      expect(findCommand('sh', ':')).to.equal(undefined)
    })

    it('takes an absolute path as it is', () => {
      addCommand('App/Google Chrome')
      expect(findCommand(folder.path('App/Google Chrome'), path)).to.equal(folder.path('App/Google Chrome'))
    })
  })

  describe('findShortcoming', () => {
    const [redis] = selectRequirements({ redis: true, compilers: false, extras: [] })
    const find = async (requirement = redis): Promise<string | undefined> => {
      if (requirement === undefined) throw new Error('no such requirement')
      return findShortcoming(requirement, path)
    }
    const MISSING = 'redis-server is missing: redis-server or valkey-server 6.2.0 or later is needed'

    it('finds none with a version that will do', async () => {
      addCommand('second/redis-server', 'Redis server v=6.2.0 sha=0')
      expect(await find()).to.equal(undefined)
    })

    it('tells that nothing is there', async () => {
      expect(await find()).to.equal(MISSING)
    })

    it('tells what is too old', async () => {
      addCommand('first/redis-server', 'Redis server v=6.0.16 sha=0')
      expect(await find()).to.equal(`${MISSING}, but ${folder.path('first/redis-server')} is 6.0.16`)
    })

    it('is content with a valkey-server beside a redis-server that is too old', async () => {
      addCommand('first/redis-server', 'Redis server v=6.0.16 sha=0')
      addCommand('second/valkey-server', 'Valkey server v=8.0.1 sha=0')
      expect(await find()).to.equal(undefined)
    })

    it('does not trust one that does not tell its version', async () => {
      addCommand('first/redis-server', 'hello')
      folder.write('first/valkey-server', '#!/bin/sh\necho v=8.0.0\nexit 1\n', 0o755)
      const [one, other] = [folder.path('first/redis-server'), folder.path('first/valkey-server')]
      expect(await find()).to.equal(`${MISSING}, but ${one} is of no known version and ${other} is of no known version`)
    })

    it('asks a Python for its modules, where they are what is needed', async () => {
      const [pools] = selectRequirements({ redis: false, compilers: false, extras: ['celery-pools'] })
      if (pools === undefined) throw new Error('no such requirement')
      const python = { ...pools, commands: ['python3'] }
      const asked = `[ "$2" = "import eventlet, gevent, hiredis" ]`
      const missing = 'celery-pools is missing: python3 with eventlet, gevent, hiredis is needed'
      folder.write('first/python3', '#!/bin/sh\nexit 1\n', 0o755)
      expect(await find(python)).to.equal(missing)
      folder.write('first/python3', `#!/bin/sh\n${asked}\n`, 0o755)
      expect(await find(python)).to.equal(undefined)
    })

    it('asks for no version where none is needed', async () => {
      const compilers = selectRequirements({ redis: false, compilers: true, extras: [] })
      addCommand('first/clang++')
      const shortcomings = await Promise.all(compilers.map(async (compiler) => find(compiler)))
      expect(shortcomings).to.deep.equal([
        'python3 is missing: python3 is needed',
        'make is missing: make is needed',
        undefined,
      ])
    })
  })
})
