/**
 * The functions of `scripts/` that are tested by themselves. They are plain JavaScript that the compiler does not read,
 * since they run before it is installed; here they get their types.
 */
type Version = [major: number, minor: number, patch: number]

interface Requirement {
  need: 'redis' | 'compiler' | 'extra'
  name: string
  commands: string[]
  modules?: string[]
  minimum?: Version
  packages: Record<string, string[]>
}

interface PackageManager {
  command: string
  root: boolean
}

const load = async (name: string): Promise<unknown> => import(new URL(`../../../scripts/${name}`, import.meta.url).href)

export const { parseVersion, isAtLeast, findNodeProblem } = (await load('version.mjs')) as {
  parseVersion: (text: string) => Version | undefined
  isAtLeast: (version: Version, minimum: Version) => boolean
  findNodeProblem: (engines: string, running: string) => string | undefined
}

export const { REQUIREMENTS, EXTRAS, selectRequirements, findShortcoming, findCommand } = (await load(
  'requirements.mjs',
)) as {
  REQUIREMENTS: Requirement[]
  EXTRAS: string[]
  selectRequirements: (needs: { redis: boolean; compilers: boolean; extras: string[] }) => Requirement[]
  findShortcoming: (requirement: Requirement, path: string) => Promise<string | undefined>
  findCommand: (command: string, path: string) => string | undefined
}

export const { PACKAGE_MANAGERS, findPackageManager, planInstall } = (await load('package-managers.mjs')) as {
  PACKAGE_MANAGERS: PackageManager[]
  findPackageManager: (path: string) => PackageManager | undefined
  planInstall: (
    manager: PackageManager,
    rights: 'root' | 'sudo' | 'user',
    packages: string[],
  ) => { commands: string[][]; typed: string }
}

export const { chooseNpmCommand, mustCompile } = (await load('dependencies.mjs')) as {
  chooseNpmCommand: (root: string, options: { toBuild: boolean }) => string[] | undefined
  mustCompile: (root: string) => boolean
}

export const { withLock, identify } = (await load('lock.mjs')) as {
  withLock: <T>(path: string, work: () => Promise<T>, onWait?: (holder: string) => void) => Promise<T>
  identify: (pid: number) => string | undefined
}

export const { startProgress } = (await load('say.mjs')) as {
  startProgress: (
    label: string,
    options: { stream: { isTTY: boolean; write: (text: string) => void }; terminalMs: number; logMs: number },
  ) => (outcome: 'done' | 'failed') => void
}
