import { expect } from 'chai'
import { renameSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { FakeMachine } from './fake-machine.ts'

const TSC = 'tsc -p src/tsconfig.build.json'
const VITE = 'vite build --config src/web/vite.config.ts'

describe('scripts/build.mjs, when it builds what', () => {
  let machine: FakeMachine

  beforeEach(async () => {
    machine = new FakeMachine()
    for (const file of [
      'src/a.ts',
      'src/tsconfig.build.json',
      'tasks/sms/a.ts',
      'config/default.ts',
      'tsconfig.json',
    ]) {
      machine.write(file, 'one')
    }
    machine.write('src/web/vite.config.ts', 'one')
    await machine.becomeReady()
  })
  afterEach(() => machine.destroy())

  /** Builds, and tells which tools were called. */
  const build = async (): Promise<string[]> => {
    const { code, stderr } = await machine.run('scripts/build.mjs')
    expect(code, stderr).to.equal(0)
    return machine.takeCalls()
  }

  const setTime = (file: string): void => utimesSync(join(machine.root, file), new Date(0), new Date(0))

  it('nothing where nothing has changed', async () => {
    expect(await build()).to.deep.equal([])
  })

  it('everything in a tree that was just cloned', async () => {
    machine.remove('dist')
    expect(await build()).to.deep.equal([TSC, VITE])
    expect(await build()).to.deep.equal([])
  })

  for (const file of ['src/a.ts', 'src/tsconfig.build.json', 'tasks/sms/a.ts', 'config/default.ts', 'tsconfig.json']) {
    it(`the server alone when ${file} has changed`, async () => {
      machine.write(file, 'two')
      expect(await build()).to.deep.equal([TSC])
      expect(await build()).to.deep.equal([])
    })
  }

  for (const file of ['src/web/vite.config.ts', 'src/web/new/page.vue', 'package-lock.json']) {
    it(`the web pages alone when ${file} has changed`, async () => {
      machine.write(file, 'two')
      expect(await build()).to.deep.equal([VITE])
      expect(await build()).to.deep.equal([])
    })
  }

  for (const [what, change] of [
    ['added', (): void => machine.write('src/cli/b.ts', '')],
    ['removed', (): void => machine.remove('tasks/sms/a.ts')],
    ['renamed', (): void => renameSync(join(machine.root, 'src/a.ts'), join(machine.root, 'src/b.ts'))],
  ] as const) {
    it(`the server when a source is ${what}`, async () => {
      change()
      expect(await build()).to.deep.equal([TSC])
      expect(await build()).to.deep.equal([])
    })
  }

  it('nothing when only the time of a source, or a hidden file, has changed', async () => {
    setTime('src/a.ts')
    machine.write('src/.a.ts.swp', '')
    expect(await build()).to.deep.equal([])
  })

  it('the server when a source has changed, but neither its size nor its time', async () => {
    setTime('src/a.ts')
    await build()
    machine.write('src/a.ts', 'two')
    setTime('src/a.ts')
    expect(await build()).to.deep.equal([TSC])
  })

  for (const [folder, tool] of [
    ['dist/src', TSC],
    ['dist/web', VITE],
  ] as const) {
    it(`what belongs in ${folder} when that is gone`, async () => {
      machine.remove(folder)
      expect(await build()).to.deep.equal([tool])
    })
  }

  it('no web pages where there are none', async () => {
    machine.remove('src/web', 'dist')
    expect(await build()).to.deep.equal([TSC])
  })

  it('the web pages for production, whatever NODE_ENV says', async () => {
    machine.write('node_modules/vite/bin/vite.js', "require('node:fs').writeFileSync('mode', process.env.NODE_ENV)")
    machine.remove('dist/web')
    await machine.run('scripts/build.mjs', [], { NODE_ENV: 'development' })
    expect(machine.read('mode')).to.equal('production')
  })

  it('again what failed, even when the change is taken back', async () => {
    machine.write('src/a.ts', 'two')
    machine.write('broken', '')
    expect((await machine.run('scripts/build.mjs')).code).to.equal(1)
    machine.remove('broken')
    machine.takeCalls()
    machine.write('src/a.ts', 'one')
    expect(await build()).to.deep.equal([TSC])
  })

  it('nothing without a compiler, and says what to type', async () => {
    machine.remove('node_modules', 'dist')
    const { code, stderr } = await machine.run('scripts/build.mjs')
    expect(code).to.equal(1)
    expect(stderr).to.equal('lovage set-up: node_modules/typescript/bin/tsc is missing. Type: npm run setup\n')
  })
})
