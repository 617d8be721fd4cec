import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { projectRoot } from '../support/service.ts'

const run = promisify(execFile)
const resolve = createRequire(import.meta.url).resolve

const settings = {
  target: 'es2023',
  module: 'nodenext',
  types: ['node'],
  strict: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  exactOptionalPropertyTypes: true,
}

/** Blocks of the documentation that begin with a file's name. */
function examples(): Map<string, string> {
  const text = readFileSync(join(projectRoot, 'docs/testing.md'), 'utf8')
  const blocks = [...text.matchAll(/^```ts\n\/\/ (\S+)\n([^]*?)^```$/gm)]
  return new Map(blocks.map(([, name = '', code = '']) => [name, code]))
}

/** Needs the compiled program. */
describe('the examples of docs/testing.md', function () {
  this.timeout(120_000)
  let folder: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'lovage-example-'))
    mkdirSync(join(folder, 'node_modules/@types'), { recursive: true })
    symlinkSync(projectRoot, join(folder, 'node_modules/lovage'))
    // What a user's package would have installed beside it.
    symlinkSync(dirname(resolve('@types/node/package.json')), join(folder, 'node_modules/@types/node'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: settings, include: ['*.ts'] }))
    for (const [name, code] of examples()) writeFileSync(join(folder, name), code)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('are two files', () => {
    expect([...examples().keys()]).to.deep.equal(['signup.ts', 'signup.test.ts'])
  })

  it("satisfy the compiler, with the package's own types", async () => {
    const tsc = join(dirname(resolve('typescript/package.json')), 'bin/tsc')
    expect(await printed([tsc, '-p', folder])).to.equal('')
  })

  it('pass', async () => {
    const tsx = pathToFileURL(resolve('tsx')).href
    const tap = await printed(['--import', tsx, '--test', '--test-reporter', 'tap', join(folder, 'signup.test.ts')])
    expect(tap)
      .to.match(/^# pass 3$/m)
      .and.match(/^# fail 0$/m)
  })

  /** What a Node process says that ends well. */
  async function printed(args: readonly string[]): Promise<string> {
    const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, ...env } = process.env
    try {
      return (await run(process.execPath, args, { cwd: folder, env, timeout: 60_000 })).stdout
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string }
      throw new Error(`expected it to end well, it said:\n${stdout}\n${stderr}`, { cause: error })
    }
  }
})
