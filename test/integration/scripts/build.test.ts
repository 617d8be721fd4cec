import { expect } from 'chai'
import { spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { watch } from './fake-machine.ts'
import type { Ended } from './fake-machine.ts'

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url))
const TSC = createRequire(import.meta.url).resolve('typescript/bin/tsc')

describe('scripts/build.mjs with the real compiler', () => {
  let root: string

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'lovage-build-'))
    cpSync(join(PROJECT, 'scripts'), join(root, 'scripts'), { recursive: true })
    // The compiler's options are the project's own, without the types that would have to be installed here.
    cpSync(join(PROJECT, 'tsconfig.json'), join(root, 'tsconfig.json'))
    const options = readFileSync(join(PROJECT, 'src/tsconfig.build.json'), 'utf8')
    write('src/tsconfig.build.json', options.replace('"types": ["node"]', '"types": []'))
    write('node_modules/typescript/bin/tsc', `require(${JSON.stringify(TSC)})`)
    write('package.json', '{ "type": "module" }')
    write('src/cli/main.ts', "import { name } from '../../tasks/sms/send.ts'\nexport const main = name\n")
    write('tasks/sms/send.ts', "export const name: string = 'send'\n")
    write('config/default.ts', 'export const defaults = {}\n')
    write('src/engine/broker/claim.lua', 'return 1\n')
    write('src/engine/pool/bootstrap.mjs', 'export {}\n')
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  const write = (file: string, content: string): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), content)
  }
  const has = (file: string): boolean => existsSync(join(root, file))
  const runBuild = async (): Promise<Ended> =>
    watch(spawn(process.execPath, ['scripts/build.mjs'], { cwd: root })).ended

  it('compiles, copies what is not TypeScript, and makes the command executable', async () => {
    expect((await runBuild()).code).to.equal(0)
    for (const file of ['src/cli/main.js.map', 'tasks/sms/send.js', 'config/default.js']) {
      expect(has(`dist/${file}`), file).to.equal(true)
    }
    expect(readFileSync(join(root, 'dist/src/cli/main.js'), 'utf8')).to.match(/['"]..\/..\/tasks\/sms\/send\.js['"]/)
    expect(readFileSync(join(root, 'dist/src/engine/broker/claim.lua'), 'utf8')).to.equal('return 1\n')
    expect(has('dist/src/engine/pool/bootstrap.mjs')).to.equal(true)
    expect(has('dist/src/tsconfig.build.json')).to.equal(false)
    expect(statSync(join(root, 'dist/src/cli/main.js')).mode & 0o111).to.equal(0o111)

    expect(await runBuild()).to.deep.equal({ code: 0, stdout: '', stderr: '' })
  })

  it('removes what became of sources that are gone, and folders that are empty then', async () => {
    await runBuild()
    write('src/cli/main.ts', 'export const main = 1\n')
    rmSync(join(root, 'tasks/sms'), { recursive: true })
    rmSync(join(root, 'src/engine/broker/claim.lua'))
    expect((await runBuild()).code).to.equal(0)
    for (const gone of ['dist/tasks', 'dist/src/engine/broker']) expect(has(gone), gone).to.equal(false)
    expect(has('dist/src/engine/pool/bootstrap.mjs')).to.equal(true)
  })

  it('writes everything again when the output is gone, although the compiler remembers having written it', async () => {
    await runBuild()
    rmSync(join(root, 'dist/src'), { recursive: true })
    expect((await runBuild()).code).to.equal(0)
    expect(has('dist/src/cli/main.js')).to.equal(true)
  })

  it("shows the compiler's messages, and fails until the mistake is mended", async () => {
    write('tasks/sms/send.ts', "export const name: number = 'send'\n")
    for (let time = 0; time < 2; time += 1) {
      const { code, stderr } = await runBuild()
      expect(code).to.equal(1)
      expect(stderr).to.include(
        "tasks/sms/send.ts(1,14): error TS2322: Type 'string' is not assignable to type 'number'.",
      )
    }
    write('tasks/sms/send.ts', "export const name: string = 'send'\n")
    expect((await runBuild()).code).to.equal(0)
  })

  it('makes few files of the command, but for what is loaded when it is needed, and classes of errors', async () => {
    const rolldown = pathToFileURL(join(PROJECT, 'node_modules/rolldown/bin/cli.mjs')).href
    write('node_modules/rolldown/bin/cli.mjs', `await import(${JSON.stringify(rolldown)})`)
    write('package-lock.json', '{}')
    write('src/cli/lovage.ts', 'export {}\n')
    write('src/cli/part.ts', "export const part = 'a part'\n")
    write('src/cli/other.ts', "export const other = 'another'\n")
    write('src/engine/errors.ts', 'export class EngineError extends Error {}\n')
    write(
      'src/cli/main.ts',
      `import { EngineError } from '../engine/errors.ts'
import { part } from './part.ts'
export const main = async () => [part, (await import('./other.ts')).other, EngineError]
`,
    )
    expect((await runBuild()).code).to.equal(0)
    const folder = join(root, 'dist/bundle/cli')
    const bundle = join(folder, 'main.js')
    const text = readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('\n')
    expect(text).to.contain('a part').and.not.contain('another').and.not.contain('extends Error')
    const { main } = (await import(pathToFileURL(bundle).href)) as { main: () => Promise<unknown[]> }
    const errors = pathToFileURL(join(root, 'dist/src/engine/errors.js')).href
    const { EngineError } = (await import(errors)) as { EngineError: unknown }
    expect(await main()).to.deep.equal(['a part', 'another', EngineError])

    expect(await runBuild()).to.deep.equal({ code: 0, stdout: '', stderr: '' })
    // Its libraries are others.
    write('package-lock.json', '{ }')
    expect((await runBuild()).stderr).to.contain('bundling the command')
    const config = 'scripts/rolldown.config.mjs'
    write(config, `${readFileSync(join(root, config), 'utf8')}\n`)
    expect((await runBuild()).stderr).to.contain('bundling the command')
  })
})
