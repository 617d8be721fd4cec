import { expect } from 'chai'
import { importsOf, sourceFiles, type Import } from './import-graph.ts'

/** Who may know whom: for each part, what its files may import. The first part whose folder holds the file counts. */
interface Rule {
  readonly part: string
  /** Files of the part, as a pattern of their path. */
  readonly files: RegExp
  /** Paths of our own that it may import, beside its own files. */
  readonly own: RegExp
  /** Packages that it may import; Node's own are free for all. */
  readonly packages: readonly string[]
  /** Paths and packages of which it may import types alone. */
  readonly types?: RegExp
}

const enginePure = /^src\/engine\/(canvas\/)?[^/]+\.ts$/
const engineInterfaces =
  /^src\/engine\/(broker\/(?:broker|rate-store|beat-store|record-store|figure-store)|pool\/pool|results\/results)\.ts$/

const rules: readonly Rule[] = [
  { part: 'engine/broker', files: /^src\/engine\/broker\//, own: enginePure, packages: ['ioredis'] },
  {
    part: 'engine/results',
    files: /^src\/engine\/results\//,
    own: enginePure,
    packages: ['ioredis'],
    types: engineInterfaces,
  },
  {
    part: 'engine/pool',
    files: /^src\/engine\/pool\//,
    own: new RegExp(`${enginePure.source}|^src/engine/tracing/open-tracer\\.ts$`),
    packages: ['piscina', 'p-retry', 'tsx'],
  },
  {
    part: 'engine/tracing',
    files: /^src\/engine\/tracing\//,
    own: enginePure,
    packages: [],
    types: /^@opentelemetry\/api$/,
  },
  {
    part: 'engine/worker',
    files: /^src\/engine\/worker\//,
    own: new RegExp(`${enginePure.source}|^src/engine/results/results\\.ts$`),
    packages: [],
    types: engineInterfaces,
  },
  {
    part: 'engine/beat',
    files: /^src\/engine\/beat\//,
    own: enginePure,
    packages: [],
    types: /^src\/engine\/(broker\/(?:broker|beat-store|beat-states)|worker\/broker-health)\.ts$/,
  },
  {
    part: "engine's root",
    files: /^src\/engine\/create-(engine|beat)\.ts$/,
    own: /^src\/engine\//,
    packages: [],
    types: /^ioredis$/,
  },
  {
    part: "engine's inspector",
    files: /^src\/engine\/inspector\.ts$/,
    own: new RegExp(`${enginePure.source}|^src/engine/beat/tick-figures\\.ts$`),
    packages: [],
    types: /^src\/engine\/(broker\/figure-store|pool\/pool|beat\/read-entries|worker\/(?:worker|run-tally))\.ts$/,
  },
  { part: "engine's index", files: /^src\/engine\/index\.ts$/, own: /^src\/engine\//, packages: [] },
  { part: 'engine (pure)', files: enginePure, own: enginePure, packages: ['tsx'], types: engineInterfaces },
  {
    part: 'tasks',
    files: /^tasks\//,
    own: /^src\/(engine\/(task|errors|python-value|canvas\/index)\.ts|sms\/)/,
    packages: [],
  },
  { part: 'sms', files: /^src\/sms\//, own: /^$/, packages: [] },
  {
    part: 'app',
    files: /^src\/app\//,
    own: /^src\/sms\/mask\.ts$/,
    packages: [
      'koa',
      '@koa/cors',
      '@koa/router',
      'koa-helmet',
      'koa-session',
      'koa-static',
      'koa-bodyparser',
      'secure-json-parse',
      'sequelize',
      'sqlite3',
      'umzug',
      'ioredis',
      'joi',
      'bcrypt',
      '@napi-rs/canvas',
      '@zxcvbn-ts/language-common',
      'altcha-lib',
      'ipaddr.js',
    ],
    types: /^config\/default\.ts$/,
  },
  {
    part: 'monitor',
    files: /^src\/monitor\//,
    own: /^src\/engine\/(index|histogram|inspector)\.ts$/,
    packages: ['@koa/router', 'prom-client'],
    types: /^(koa|ioredis|@opentelemetry\/api)$/,
  },
  { part: 'redis', files: /^src\/redis\//, own: /^$/, packages: ['ioredis'] },
  { part: 'config', files: /^src\/config\//, own: /^config\//, packages: ['joi'] },
  {
    part: 'settings',
    files: /^config\//,
    own: /^config\//,
    packages: [],
    types: /^src\/engine\/beat\/entry\.ts$/,
  },
  { part: 'testing', files: /^src\/testing\//, own: /^src\/(engine|redis)\//, packages: [] },
  {
    part: 'cli',
    files: /^src\/cli\//,
    own: /^(src|config|tasks)\//,
    packages: ['commander', 'pino', 'pino-pretty', 'ioredis', 'sequelize'],
  },
]

function forbidden(rule: Rule, { to, typeOnly, external }: Import): boolean {
  if (external && to.startsWith('node:')) return false
  if (typeOnly && rule.types?.test(to)) return false
  if (external) return !rule.packages.some((name) => to === name || to.startsWith(`${name}/`))
  return !(rule.files.test(to) || rule.own.test(to))
}

describe('the architecture', () => {
  const files = sourceFiles()
  const imports = files.flatMap(importsOf)

  it('was looked at as a whole', () => {
    expect(files.length).to.be.greaterThan(60)
    expect(imports.filter(({ external }) => !external).length).to.be.greaterThan(100)
  })

  it('has a rule for every file', () => {
    expect(files.filter((file) => !rules.some((rule) => rule.files.test(file)))).to.deep.equal([])
  })

  it('lets nobody import what is not theirs', () => {
    const faults = imports.filter((found) => {
      const rule = rules.find(({ files: pattern }) => pattern.test(found.from))
      return rule === undefined || forbidden(rule, found)
    })
    expect(faults.map(({ from, to }) => `${from} imports ${to}`)).to.deep.equal([])
  })

  it('would notice', () => {
    const rule = rules.find(({ part }) => part === 'tasks')
    if (rule === undefined) throw new Error('no rule for tasks')
    const found = { from: 'tasks/sms/x.ts', typeOnly: false }
    expect(forbidden(rule, { ...found, to: 'ioredis', external: true })).to.equal(true)
    expect(forbidden(rule, { ...found, to: 'src/engine/index.ts', external: false })).to.equal(true)
    expect(forbidden(rule, { ...found, to: 'src/engine/task.ts', external: false })).to.equal(false)
  })

  it('lets nobody import the command line', () => {
    expect(imports.filter(({ from, to }) => to.startsWith('src/cli/') && !from.startsWith('src/cli/'))).to.deep.equal(
      [],
    )
  })

  it('keeps what a thread loads light: no configuration, no Redis, no database, nothing of the service', () => {
    const loaded = reachable(['src/engine/pool/thread.ts', 'tasks/sms/send-code.ts'], imports)
    const heavy = loaded.filter((name) => ['joi', 'ioredis', 'sequelize', 'koa', 'piscina', 'pino'].includes(name))
    expect(loaded.length).to.be.greaterThan(10)
    expect(heavy).to.deep.equal([])
    expect(loaded.filter((name) => name.startsWith('src/app/'))).to.deep.equal([])
  })

  it('draws captchas in a thread that loads what drawing needs, and nowhere else', () => {
    const loaded = reachable(['src/app/captcha/drawing-thread.ts'], imports)
    expect(loaded.filter((name) => !name.startsWith('src/app/captcha/')).toSorted()).to.deep.equal([
      '@napi-rs/canvas',
      'node:worker_threads',
    ])
    expect(reachable(['src/cli/serve.ts'], imports)).not.to.include('@napi-rs/canvas')
  })

  it('has no import circles', () => {
    const circles = files.filter((file) => {
      const direct = imports.filter(({ from, typeOnly }) => from === file && !typeOnly).map(({ to }) => to)
      return reachable(direct, imports).includes(file)
    })
    expect(circles).to.deep.equal([])
  })
})

/** Everything that is loaded with these files, themselves included; imports of types load nothing. */
function reachable(start: readonly string[], imports: readonly Import[]): string[] {
  const seen = new Set(start)
  for (const file of seen) {
    for (const { from, to, typeOnly } of imports) if (from === file && !typeOnly) seen.add(to)
  }
  return [...seen]
}
