import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url))

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

export interface Running {
  child: ChildProcess
  /** What it has written so far. */
  stdout(): string
  stderr(): string
  ended: Promise<Ended>
}

/** Who a program of the project believes to be. */
export type User = 'root' | 'user'

/**
 * A copy of the project's scripts in a temporary folder, and a PATH on which every program is a small shell script that
 * notes how it was called. The fake npm gives a node_modules with a fake tsc and vite; the fake package manager puts the
 * programs of the packages it is asked for on the PATH. Everything is there and up to date, the build aside.
 */
export class FakeMachine {
  readonly root = mkdtempSync(join(tmpdir(), 'lovage-machine-'))
  readonly #bin = join(this.root, 'bin')
  readonly #started: Running[] = []

  constructor() {
    cpSync(join(PROJECT, 'scripts'), join(this.root, 'scripts'), { recursive: true })
    this.write('package.json', JSON.stringify({ type: 'module', engines: { node: '>=20.19.0' } }))
    this.write('package-lock.json', '{}')
    this.write('tsconfig.json', '{}')
    this.write('src/cli/main.ts', 'export {}')
    this.write('installed/.package-lock.json', '{}')
    this.write('installed/sqlite3/build/Release/node_sqlite3.node', '')
    this.write('installed/typescript/bin/tsc', makeFakeTool('tsc', 'dist/src/cli/main.js'))
    this.write('installed/vite/bin/vite.js', makeFakeTool('vite', 'dist/web/index.html'))
    cpSync(join(this.root, 'installed'), join(this.root, 'node_modules'), { recursive: true })

    mkdirSync(this.#bin)
    // A script, never a link: whoever wrote to this name would write to the machine's own program.
    this.write('bin/env', '#!/bin/sh\nexec /usr/bin/env "$@"\n', 0o755)
    this.addProgram('npm', '/bin/rm -rf node_modules; /bin/cp -R installed node_modules')
    this.addProgram('apt-get', `for word; do [ ! -d packages/$word ] || /bin/cp packages/$word/* bin; done`)
    this.addRedis('7.0.15')
    for (const compiler of ['python3', 'make', 'g++']) this.addProgram(compiler, 'exit 1')
  }

  /** Puts a program on the PATH that notes its call and then runs `script` in the project's folder. */
  addProgram(name: string, script: string, folder = 'bin'): void {
    const note = `echo "${name}$([ $# -eq 0 ] || echo " $*")" >> '${join(this.root, 'calls')}'`
    this.write(join(folder, name), `#!/bin/sh\ncd '${this.root}'\n${note}\n${script}\n`, 0o755)
  }

  /** Puts a redis-server of that version on the PATH, or in a package for the package manager to install. */
  addRedis(version: string, folder = 'bin'): void {
    const script = `#!/bin/sh\necho "Redis server v=${version} sha=00000000:0 malloc=libc bits=64 build=636d"\n`
    this.write(join(folder, 'redis-server'), script, 0o755)
  }

  write(file: string, content: string, mode = 0o644): void {
    const path = join(this.root, file)
    mkdirSync(dirname(path), { recursive: true })
    // Removed first and made anew, so that nothing outside is ever written to through a link.
    rmSync(path, { force: true })
    writeFileSync(path, content, { mode, flag: 'wx' })
  }

  read(file: string): string {
    return readFileSync(join(this.root, file), 'utf8')
  }

  has(file: string): boolean {
    return lstatSync(join(this.root, file), { throwIfNoEntry: false }) !== undefined
  }

  remove(...files: string[]): void {
    for (const file of files) rmSync(join(this.root, file), { recursive: true, force: true })
  }

  /** How the programs were called, in order; forgets it. */
  takeCalls(): string[] {
    const calls = this.has('calls') ? this.read('calls').trimEnd().split('\n') : []
    this.remove('calls')
    return calls
  }

  /** Starts a script of the project with the fake PATH and no other environment. */
  start(script: string, args: string[] = [], environment: Record<string, string> = {}, user: User = 'root'): Running {
    const getuid = `process.getuid=()=>${user === 'root' ? 0 : 1000}`
    const env = { PATH: this.#bin, NODE_OPTIONS: `--import=data:text/javascript,${getuid}`, ...environment }
    const running = watch(spawn(process.execPath, [join(this.root, script), ...args], { cwd: this.root, env }))
    this.#started.push(running)
    return running
  }

  run(
    script: string,
    args: string[] = [],
    environment: Record<string, string> = {},
    user: User = 'root',
  ): Promise<Ended> {
    return this.start(script, args, environment, user).ended
  }

  /** Brings the build up to date, so that there is nothing left to do. */
  async becomeReady(): Promise<void> {
    const { code, stderr } = await this.run('scripts/setup.mjs')
    if (code !== 0) throw new Error(`the fake machine's set-up failed: ${stderr}`)
    this.takeCalls()
  }

  /** Ends what is still running, with the commands that it runs, and removes the folder. */
  async destroy(): Promise<void> {
    for (const { child, ended } of this.#started) {
      // At the second signal a set-up kills its commands.
      child.kill('SIGTERM')
      child.kill('SIGINT')
      await ended
    }
    rmSync(this.root, { recursive: true, force: true })
  }
}

/** Collects what a process writes until it ends. */
export function watch(child: ChildProcess): Running {
  const written = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (written.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (written.stderr += text))
  const ended = once(child, 'close').then(([code]): Ended => ({ code: code as number | null, ...written }))
  return { child, stdout: () => written.stdout, stderr: () => written.stderr, ended }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** A compiler that notes its call, fails where a file `broken` lies beside the project, and else writes `output`. */
function makeFakeTool(name: string, output: string): string {
  return `
    const fs = require('node:fs')
    fs.appendFileSync('calls', ['${name}', ...process.argv.slice(2)].join(' ') + '\\n')
    if (fs.existsSync('broken')) {
      console.log('src/cli/main.ts(1,1): error TS1005: expected.')
      process.exit(2)
    }
    fs.mkdirSync(require('node:path').dirname('${output}'), { recursive: true })
    fs.writeFileSync('${output}', fs.existsSync('main.stub') ? fs.readFileSync('main.stub') : '')
  `
}
