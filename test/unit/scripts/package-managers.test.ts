import { expect } from 'chai'
import { PACKAGE_MANAGERS, findPackageManager, planInstall } from './load-scripts.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const APT_INSTALL = 'apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 redis-server make'
const APT_ENV = 'env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1'

/** What is done and what is typed, by package manager and rights. Packages here: redis-server, make. */
const PLANS = [
  ['apt-get', 'root', [`${APT_ENV} apt-get update`, `${APT_ENV} ${APT_INSTALL}`], `apt-get update && ${APT_INSTALL}`],
  [
    'apt-get',
    'sudo',
    [`sudo -n ${APT_ENV} apt-get update`, `sudo -n ${APT_ENV} ${APT_INSTALL}`],
    `sudo apt-get update && sudo ${APT_INSTALL}`,
  ],
  ['apt-get', 'user', [], `sudo apt-get update && sudo ${APT_INSTALL}`],
  ['apk', 'root', ['apk add --no-cache redis-server make'], 'apk add --no-cache redis-server make'],
  ['apk', 'user', [], 'sudo apk add --no-cache redis-server make'],
  ['dnf', 'sudo', ['sudo -n dnf install -y redis-server make'], 'sudo dnf install -y redis-server make'],
  ['brew', 'user', ['brew install redis-server make'], 'brew install redis-server make'],
  ['brew', 'sudo', ['brew install redis-server make'], 'brew install redis-server make'],
  ['brew', 'root', [], 'brew install redis-server make'],
] as const

describe('scripts/package-managers.mjs', () => {
  for (const [command, rights, commands, typed] of PLANS) {
    it(`plans for ${command} with the rights of ${rights}`, () => {
      const manager = PACKAGE_MANAGERS.find((candidate) => candidate.command === command)
      if (manager === undefined) throw new Error(`no ${command}`)
      const plan = planInstall(manager, rights, ['redis-server', 'make'])
      expect(plan.commands.map((words) => words.join(' '))).to.deep.equal(commands)
      expect(plan.typed).to.equal(typed)
    })
  }

  it("takes the system's package manager before brew, and none where there is none", () => {
    const folder = new TemporaryFolder()
    try {
      expect(findPackageManager(folder.root)).to.equal(undefined)
      folder.write('brew', '', 0o755)
      expect(findPackageManager(folder.root)?.command).to.equal('brew')
      folder.write('apk', '', 0o755)
      expect(findPackageManager(folder.root)?.command).to.equal('apk')
    } finally {
      folder.destroy()
    }
  })
})
