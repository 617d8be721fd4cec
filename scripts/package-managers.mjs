import { spawn } from 'node:child_process'
import { findCommand } from './requirements.mjs'

/**
 * @typedef {object} PackageManager
 * @property {string} command
 * @property {boolean} root whether it must (true) or must not (false) run as root
 * @property {string[]} [refresh] brings its list of packages up to date
 * @property {string[]} install followed by the packages' names
 * @property {string[]} [environment] what it must find in the environment to ask nothing
 */

/** Every system package manager that Lovage can use; the first that is on the PATH is used. @type {PackageManager[]} */
export const PACKAGE_MANAGERS = [
  {
    command: 'apt-get',
    root: true,
    refresh: ['update'],
    // A machine that has just started may be installing its updates, and holds dpkg's lock for a while.
    install: ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'],
    // Lovage runs a Redis of its own, so the package's service need not start. In run level 1 it does not where SysV init
    // starts it. systemd starts it all the same, on port 6379; that harms nothing.
    environment: ['DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1'],
  },
  { command: 'apk', root: true, install: ['add', '--no-cache'] },
  { command: 'dnf', root: true, install: ['install', '-y'] },
  { command: 'brew', root: false, install: ['install'] },
]

/**
 * What this process may do: `root` and `user` say who it is, `sudo` that sudo asks no password.
 *
 * @typedef {'root' | 'sudo' | 'user'} Rights
 */

/** @param {string} path the PATH @returns {PackageManager | undefined} */
export function findPackageManager(path) {
  return PACKAGE_MANAGERS.find(({ command }) => findCommand(command, path) !== undefined)
}

/** @returns {Promise<Rights>} */
export async function findRights() {
  if (process.getuid?.() === 0) return 'root'
  return new Promise((resolve) => {
    // Detached, as the commands are run: sudo remembers a password for one terminal.
    spawn('sudo', ['-n', 'true'], { detached: true, stdio: 'ignore' })
      .once('error', () => resolve('user'))
      .once('exit', (code) => resolve(code === 0 ? 'sudo' : 'user'))
  })
}

/**
 * How these packages are installed.
 *
 * @param {PackageManager} manager
 * @param {Rights} rights
 * @param {string[]} packages
 * @returns {{ commands: string[][], typed: string }} `commands` to run, in order; empty where the rights do not suffice.
 *   `typed` is the same for a person to type
 */
export function planInstall(manager, rights, packages) {
  const steps = [...(manager.refresh ? [manager.refresh] : []), [...manager.install, ...packages]]
  const typedPrefix = manager.root && rights !== 'root' ? 'sudo ' : ''
  const typed = steps.map((step) => `${typedPrefix}${manager.command} ${step.join(' ')}`).join(' && ')

  const allowed = manager.root ? rights !== 'user' : rights !== 'root'
  const prefix = [
    ...(manager.root && rights === 'sudo' ? ['sudo', '-n'] : []),
    ...(manager.environment ? ['env', ...manager.environment] : []),
  ]
  return { commands: allowed ? steps.map((step) => [...prefix, manager.command, ...step]) : [], typed }
}
