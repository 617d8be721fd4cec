import { expect } from 'chai'
import { symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { FakeMachine, isAlive } from './fake-machine.ts'
import { eventually } from '../../support/eventually.ts'

const UPDATE = 'apt-get update'
const INSTALL = 'apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120'
const NPM_CI = 'npm ci --include=dev'
const NPM_INSTALL = 'npm install --no-save --include=dev'
const TSC = 'tsc -p src/tsconfig.build.json'
/** Shell: tells the test its process id, in a file that is never seen half written. */
const NOTE_PID = 'echo $$ > pid.part; /bin/mv pid.part pid'

describe('scripts/setup.mjs', () => {
  let machine: FakeMachine

  beforeEach(async () => {
    machine = new FakeMachine()
    await machine.becomeReady()
  })
  afterEach(() => machine.destroy())

  it('is silent and calls nothing when everything is ready', async () => {
    const ended = await machine.run('scripts/setup.mjs')
    expect(ended).to.deep.equal({ code: 0, stdout: '', stderr: '' })
    expect(machine.takeCalls()).to.deep.equal([])
  })

  it('refuses a Node.js that is too old', async () => {
    machine.write('package.json', JSON.stringify({ type: 'module', engines: { node: '>=99' } }))
    const { code, stderr } = await machine.run('scripts/setup.mjs')
    expect(code).to.equal(1)
    expect(stderr).to.match(/^lovage set-up: Lovage needs Node.js 99.0.0 or later, but this is v\d+.*\n$/)
    expect(machine.takeCalls()).to.deep.equal([])
  })

  for (const [args, given] of [
    [['--for', 'fun'], '--for fun'],
    [['--with'], '--with'],
    [['redis'], 'redis'],
  ] as const) {
    it(`refuses the arguments ${args.join(' ')}`, async () => {
      const { code, stderr } = await machine.run('scripts/setup.mjs', [...args])
      expect(code).to.equal(1)
      expect(stderr).to.equal(
        `lovage set-up: expected [--for start|test] [--with EXTRA]..., but was given "${given}"\n`,
      )
    })
  }

  it('refuses an extra that it does not know', async () => {
    const { code, stderr } = await machine.run('scripts/setup.mjs', ['--with', 'netscape'])
    expect(code).to.equal(1)
    expect(stderr).to.equal(
      'lovage set-up: --with takes one of chromium, celery, celery-pools, openssl, postgresql, but was given "netscape"\n',
    )
  })

  describe('without a redis-server', () => {
    beforeEach(() => {
      machine.remove('bin/redis-server')
      machine.addRedis('7.0.15', 'packages/redis-server')
    })

    it('installs one as root, and asks for no service to be started', async () => {
      machine.addProgram('env', 'exec /usr/bin/env "$@"')
      const { code, stderr } = await machine.run('scripts/setup.mjs')
      expect(stderr).to.include('lovage set-up: installing redis-server with apt-get ...\n')
      expect(code).to.equal(0)
      const environment = 'env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1'
      expect(machine.takeCalls()).to.deep.equal([
        `${environment} ${UPDATE}`,
        UPDATE,
        `${environment} ${INSTALL} redis-server`,
        `${INSTALL} redis-server`,
      ])
    })

    it('installs one with sudo where sudo asks no password', async () => {
      machine.addProgram('sudo', 'shift; [ "$1" = true ] || exec "$@"')
      const { code } = await machine.run('scripts/setup.mjs', [], {}, 'user')
      expect(code).to.equal(0)
      const sudo = 'sudo -n env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1'
      expect(machine.takeCalls()).to.deep.equal([
        'sudo -n true',
        `${sudo} ${UPDATE}`,
        UPDATE,
        `${sudo} ${INSTALL} redis-server`,
        `${INSTALL} redis-server`,
      ])
    })

    it('says what to type where sudo asks a password, and does nothing else', async () => {
      machine.addProgram('sudo', 'exit 1')
      machine.remove('node_modules')
      const { code, stderr } = await machine.run('scripts/setup.mjs', [], {}, 'user')
      expect(code).to.equal(1)
      expect(stderr).to.equal(
        'lovage set-up: redis-server is missing: redis-server or valkey-server 6.2.0 or later is needed. ' +
          `Type, then start again:\n\n  sudo ${UPDATE} && sudo ${INSTALL} redis-server\n\n`,
      )
      expect(machine.takeCalls()).to.deep.equal(['sudo -n true'])
    })

    it('takes another Redis for it when it is to start, and REDIS_URL names one', async () => {
      const environment = { REDIS_URL: 'redis://127.0.0.1:6379' }
      const ended = await machine.run('scripts/setup.mjs', ['--for', 'start'], environment)
      expect(ended).to.deep.equal({ code: 0, stdout: '', stderr: '' })

      await machine.run('scripts/setup.mjs', ['--for', 'test'], environment)
      expect(machine.takeCalls()).to.deep.equal([UPDATE, `${INSTALL} redis-server`])
    })

    it('is content with a valkey-server', async () => {
      machine.write('bin/valkey-server', '#!/bin/sh\necho "Valkey server v=8.1.1 sha=00000000:0"\n', 0o755)
      expect(await machine.run('scripts/setup.mjs')).to.deep.equal({ code: 0, stdout: '', stderr: '' })
    })

    it('goes on when the list of packages cannot be brought up to date, but the package can be installed', async () => {
      machine.addProgram('apt-get', '[ $1 = install ] || exit 100; /bin/cp packages/redis-server/* bin')
      const { code } = await machine.run('scripts/setup.mjs')
      expect(code).to.equal(0)
    })

    it("shows the end of the package manager's output when it fails", async () => {
      machine.addProgram('apt-get', '[ $1 = update ] || { echo "E: Unable to locate package"; exit 100; }')
      const { code, stderr } = await machine.run('scripts/setup.mjs')
      expect(code).to.equal(1)
      expect(stderr).to.include('\nE: Unable to locate package\n')
      expect(stderr).to.match(/lovage set-up: `env .* redis-server` ended with exit code 100\n$/)
    })

    it('fails when the installation has not brought one', async () => {
      machine.remove('packages')
      const { code, stderr } = await machine.run('scripts/setup.mjs')
      expect(code).to.equal(1)
      expect(stderr).to.match(/is needed, and apt-get has not brought it\n$/)
    })

    it('says what is missing where there is no package manager that it knows', async () => {
      machine.remove('bin/apt-get')
      const { code, stderr } = await machine.run('scripts/setup.mjs')
      expect(code).to.equal(1)
      expect(stderr).to.match(/^lovage set-up: redis-server is missing: .* is needed\. Install it, then start again\n$/)
    })

    it('does not run brew as root', async () => {
      machine.remove('bin/apt-get')
      machine.addProgram('brew', '')
      const { code, stderr } = await machine.run('scripts/setup.mjs')
      expect(code).to.equal(1)
      expect(stderr).to.include('as a user other than root, then start again:\n\n  brew install redis\n')
      expect(machine.takeCalls()).to.deep.equal([])
    })
  })

  it('has an old redis-server replaced', async () => {
    machine.addRedis('6.0.16')
    machine.addRedis('7.0.15', 'packages/redis-server')
    const { code } = await machine.run('scripts/setup.mjs')
    expect(code).to.equal(0)
    expect(machine.takeCalls()).to.deep.equal([UPDATE, `${INSTALL} redis-server`])
  })

  it('fails when the package manager has no newer redis-server either', async () => {
    machine.addRedis('6.0.16')
    const { code, stderr } = await machine.run('scripts/setup.mjs')
    expect(code).to.equal(1)
    expect(stderr).to.include(`${join(machine.root, 'bin/redis-server')} is 6.0.16, and apt-get has not brought it\n`)
  })

  it('installs npm packages and the compilers they need where node_modules is missing, then builds', async () => {
    machine.remove('node_modules', 'bin/g++', 'bin/make', 'dist')
    machine.addProgram('make', '', 'packages/make')
    machine.addProgram('g++', '', 'packages/g++')
    const { code } = await machine.run('scripts/setup.mjs')
    expect(code).to.equal(0)
    expect(machine.takeCalls()).to.deep.equal([UPDATE, `${INSTALL} make g++`, NPM_CI, TSC])
  })

  it('has npm begin anew where it did not finish', async () => {
    machine.remove('node_modules/.package-lock.json')
    const { code } = await machine.run('scripts/setup.mjs')
    expect(code).to.equal(0)
    expect(machine.takeCalls()).to.deep.equal([NPM_CI])
  })

  it('installs npm packages once where package-lock.json has become newer, without compilers', async () => {
    machine.remove('bin/g++')
    machine.addProgram('npm', 'exit 0')
    const anHourAgo = new Date(Date.now() - 3_600_000)
    utimesSync(join(machine.root, 'node_modules/.package-lock.json'), anHourAgo, anHourAgo)
    expect((await machine.run('scripts/setup.mjs')).code).to.equal(0)
    expect(machine.takeCalls()).to.deep.equal([NPM_INSTALL])

    expect(await machine.run('scripts/setup.mjs')).to.deep.equal({ code: 0, stdout: '', stderr: '' })
  })

  it("shows the end of npm's output when it fails", async () => {
    machine.remove('node_modules')
    machine.addProgram('npm', 'echo "npm error code E404" >&2; exit 1')
    const { code, stderr } = await machine.run('scripts/setup.mjs')
    expect(code).to.equal(1)
    expect(stderr).to.include('\nnpm error code E404\n')
    expect(stderr).to.match(/lovage set-up: `npm ci --include=dev` ended with exit code 1\n$/)
  })

  it('compiles sqlite3 where that alone is missing, and fails when npm does not', async () => {
    machine.remove('node_modules/sqlite3/build')
    machine.addProgram('npm', '')
    const { code, stderr } = await machine.run('scripts/setup.mjs')
    expect(code).to.equal(1)
    expect(stderr).to.match(
      /npm has not compiled sqlite3: .*node_sqlite3.node is missing\. .*ignore-scripts forbid it\?\n$/,
    )
    expect(machine.takeCalls()).to.deep.equal(['npm rebuild sqlite3'])
  })

  it('builds when a source has changed', async () => {
    machine.write('src/cli/main.ts', 'export const changed = true')
    const { code, stdout, stderr } = await machine.run('scripts/setup.mjs')
    expect(code).to.equal(0)
    expect(stdout).to.equal('')
    expect(stderr).to.match(/^lovage set-up: compiling the server with tsc \.\.\.\n.* done after \d+ s\n$/)
    expect(machine.takeCalls()).to.deep.equal([TSC])
  })

  it("shows the compiler's output when the build fails, and builds again the next time", async () => {
    machine.write('src/cli/main.ts', 'broken')
    machine.write('broken', '')
    for (let time = 0; time < 2; time += 1) {
      const { code, stderr } = await machine.run('scripts/setup.mjs')
      expect(code).to.equal(1)
      expect(stderr).to.include('\nsrc/cli/main.ts(1,1): error TS1005: expected.\n')
      expect(machine.takeCalls()).to.deep.equal([TSC])
    }
  })

  it('adds what --with names', async () => {
    machine.addProgram('chromium', '', 'packages/chromium')
    const { code } = await machine.run('scripts/setup.mjs', ['--with', 'chromium'])
    expect(code).to.equal(0)
    expect(machine.takeCalls()).to.deep.equal([UPDATE, `${INSTALL} chromium`])
  })

  describe('twice at once in one folder', () => {
    beforeEach(() => {
      machine.remove('node_modules')
      machine.addProgram('npm', 'until [ -e go ]; do /bin/sleep 0.05; done; /bin/cp -R installed node_modules')
    })

    it('does the work once, and the second waits for the first', async () => {
      const first = machine.start('scripts/setup.mjs')
      await eventually(() => expect(machine.has('dist/.set-up.lock')).to.equal(true))
      const second = machine.start('scripts/setup.mjs')
      await eventually(() =>
        expect(second.stderr()).to.equal(
          `lovage set-up: waiting for process ${first.child.pid}, which is setting up the same folder ...\n`,
        ),
      )
      machine.write('go', '')
      expect((await first.ended).code).to.equal(0)
      expect((await second.ended).code).to.equal(0)
      expect(machine.takeCalls()).to.deep.equal([NPM_CI])
      expect(machine.has('dist/.set-up.lock')).to.equal(false)
    })

    it('takes over from one that was killed', async () => {
      machine.addProgram('npm', `${NOTE_PID}; exec /bin/sleep 60`)
      const killed = machine.start('scripts/setup.mjs')
      await eventually(() => expect(machine.has('pid')).to.equal(true))
      killed.child.kill('SIGKILL')
      await killed.ended
      process.kill(Number(machine.read('pid')))
      machine.takeCalls()

      machine.addProgram('npm', '/bin/cp -R installed node_modules')
      expect((await machine.run('scripts/setup.mjs')).code).to.equal(0)
      expect(machine.takeCalls()).to.deep.equal([NPM_CI])
    })

    it('takes over a lock whose process id now belongs to another process', async () => {
      symlinkSync(`${process.pid} 1`, join(machine.root, 'dist/.set-up.lock'))
      machine.write('go', '')
      expect((await machine.run('scripts/setup.mjs')).code).to.equal(0)
    })
  })

  describe('ended by a signal', () => {
    const makeNpm = (trap: string): void =>
      machine.addProgram('npm', `${trap}/bin/sh -c '${trap}${NOTE_PID}; /bin/sleep 60'`)

    beforeEach(() => machine.remove('node_modules'))

    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      it(`${signal} ends what npm started, lets go of the folder and exits with ${code}`, async () => {
        makeNpm('')
        const running = machine.start('scripts/setup.mjs')
        await eventually(() => expect(machine.has('pid')).to.equal(true))
        running.child.kill(signal)
        expect((await running.ended).code).to.equal(code)
        await eventually(() => expect(isAlive(Number(machine.read('pid')))).to.equal(false))
        expect(machine.has('dist/.set-up.lock')).to.equal(false)
      })
    }

    it('kills a command that does not listen at the second signal', async () => {
      makeNpm('trap "" INT; ')
      const running = machine.start('scripts/setup.mjs')
      await eventually(() => expect(machine.has('pid')).to.equal(true))
      running.child.kill('SIGTERM')
      running.child.kill('SIGINT')
      expect((await running.ended).code).to.be.oneOf([130, 143])
      await eventually(() => expect(isAlive(Number(machine.read('pid')))).to.equal(false))
    })
  })
})
