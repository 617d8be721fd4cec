import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FakeMachine, isAlive, watch } from './fake-machine.ts'
import type { Running } from './fake-machine.ts'
import { eventually } from '../../support/eventually.ts'

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url))

/** Stands for src/cli/main.ts: serves until it is told to stop, and says what it was called with. */
const SERVER = `
  export async function main(argv) {
    const stopped = new Promise((resolve) => process.once('SIGTERM', resolve))
    const alive = setInterval(() => {}, 1_000)
    console.log(JSON.stringify({ argv, pid: process.pid }))
    await stopped
    clearInterval(alive)
    console.log('drained')
  }
`

describe('scripts/start.mjs', () => {
  let machine: FakeMachine

  beforeEach(() => {
    machine = new FakeMachine()
    machine.write('main.stub', SERVER)
  })
  afterEach(() => machine.destroy())

  it('makes everything ready, serves in its own process and leaves standard output to the server', async () => {
    const running = machine.start('scripts/start.mjs', ['--port', '3001'])
    await eventually(() => expect(running.stdout()).to.include('argv'))
    expect(JSON.parse(running.stdout())).to.deep.equal({ argv: ['serve', '--port', '3001'], pid: running.child.pid })
    expect(running.stderr()).to.match(/^lovage set-up: compiling the server with tsc \.\.\.\n.* done after \d+ s\n$/)

    running.child.kill('SIGTERM')
    const { code, stdout } = await running.ended
    expect(code).to.equal(0)
    expect(stdout).to.match(/\ndrained\n$/)
  })

  it('does not start the server when something is missing', async () => {
    machine.remove('bin/redis-server', 'bin/apt-get')
    const { code, stdout } = await machine.run('scripts/start.mjs')
    expect(code).to.equal(1)
    expect(stdout).to.equal('')
  })

  it('needs no redis-server where REDIS_URL names a Redis', async () => {
    machine.remove('bin/redis-server', 'bin/apt-get')
    const running = machine.start('scripts/start.mjs', [], { REDIS_URL: 'redis://127.0.0.1:6379' })
    await eventually(() => expect(running.stdout()).to.include('argv'))
  })

  describe('through npm', () => {
    let npm: Running
    let server: number

    // A server that npm has left behind would hold npm's output open.
    afterEach(async () => {
      if (isAlive(server)) process.kill(server, 'SIGKILL')
      await npm.ended
    })

    it('passes arguments and SIGTERM on, and exits with 0', async () => {
      // With this very script: without `exec` in it, a shell between npm and node may die and leave the server behind.
      cpSync(join(PROJECT, 'package.json'), join(machine.root, 'package.json'))
      await machine.becomeReady()
      npm = watch(
        spawn('npm', ['start', '--silent', '--', '--port', '3002'], {
          cwd: machine.root,
          env: { ...process.env, REDIS_URL: 'redis://127.0.0.1:6379' },
        }),
      )
      await eventually(() => expect(npm.stdout()).to.include('argv'))
      const { argv, pid } = JSON.parse(npm.stdout()) as { argv: string[]; pid: number }
      server = pid
      expect(argv).to.deep.equal(['serve', '--port', '3002'])

      npm.child.kill('SIGTERM')
      expect(await once(npm.child, 'exit')).to.deep.equal([0, null])
      expect((await npm.ended).stdout).to.match(/\ndrained\n$/)
      expect(isAlive(server)).to.equal(false)
    })
  })
})
