import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { watch } from './fake-machine.ts'
import type { Ended } from './fake-machine.ts'

const RUN = fileURLToPath(new URL('../../../.ci/run', import.meta.url))

const PASSES = 'echo "  1 passing (1s)"'

describe('.ci/run', () => {
  let root: string

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'lovage-ci-'))
    mkdirSync(join(root, '.ci'))
    cpSync(RUN, join(root, '.ci/run'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  /**
   * Runs it with an npm that does for some suites, and for the benchmark, what the shell line given for it says; each other
   * suite passes one test.
   */
  function run(suites: { test: string; browser: string; captcha?: string; bench?: string }): Promise<Ended> {
    const npm = join(root, 'npm')
    writeFileSync(
      npm,
      `#!/bin/sh\ncase "$*" in\n'run test') ${suites.test};;\n'run test:browser') ${suites.browser};;\n'run test:captcha') ${suites.captcha ?? PASSES};;\n'run test:'*) ${PASSES};;\n'run bench -- --quick') ${suites.bench ?? 'true'};;\n*) exit 64;;\nesac\n`,
    )
    chmodSync(npm, 0o755)
    return watch(spawn('bash', ['.ci/run'], { cwd: root, env: { PATH: `${root}:/usr/bin:/bin`, CI: 'true' } })).ended
  }

  const lastLine = (text: string): string | undefined => text.trimEnd().split('\n').at(-1)

  for (const [what, suites, line, code] of [
    [
      'adds up suites that passed',
      { test: 'echo "  12 passing (3s)"', browser: 'echo "  3 passing (450ms)"' },
      '20 passed, 0 failed',
      0,
    ],
    [
      'fails where a test failed',
      {
        test: 'printf "  12 passing (3s)\\n  2 failing\\n\\n  1) 7 failing\\n"; exit 2',
        browser: 'echo "  3 passing (1s)"',
      },
      '20 passed, 2 failed',
      1,
    ],
    [
      'runs the other suites after one whose checks failed, and counts that as a failure',
      { test: 'echo "error TS2322"; exit 1', browser: 'echo "  3 passing (1s)"' },
      '8 passed, 1 failed',
      1,
    ],
    [
      'counts a suite that ran no test as a failure',
      { test: 'echo "  12 passing (3s)"', browser: 'echo "  0 passing (1ms)"' },
      '17 passed, 1 failed',
      1,
    ],
    [
      'counts a suite that prints no count as a failure',
      { test: 'echo "  12 passing (3s)"', browser: 'true' },
      '17 passed, 1 failed',
      1,
    ],
    [
      'counts a suite that fails although its tests passed as a failure',
      { test: 'echo "  12 passing (3s)"; exit 7', browser: 'echo "  3 passing (1s)"' },
      '20 passed, 1 failed',
      1,
    ],
    [
      'counts a benchmark that does not come to its end as a failure',
      { test: 'echo "  12 passing (3s)"', browser: 'echo "  3 passing (1s)"', bench: 'exit 1' },
      '20 passed, 1 failed',
      1,
    ],
    [
      'counts what failed in the suite that runs beside others, after its tests have ended',
      { test: PASSES, browser: PASSES, captcha: 'sleep 1; printf "  1 passing (1s)\\n  1 failing\\n"; exit 1' },
      '7 passed, 1 failed',
      1,
    ],
  ] as const) {
    it(what, async () => {
      const { stdout, code: exitCode } = await run(suites)
      expect(lastLine(stdout)).to.equal(line)
      expect(exitCode).to.equal(code)
    })
  }

  it('keeps the output of suites that run at once apart', async () => {
    const { stdout } = await run({ test: PASSES, browser: PASSES, captcha: `echo first; sleep 1; ${PASSES}` })
    expect(stdout).to.contain('== npm run test:captcha\nfirst\n  1 passing (1s)\n== npm run test:faults\n')
  })

  it('runs a suite beside the tests, and the browser when all of those have ended', async () => {
    const suites = {
      test: `timeout 10 sh -c 'until [ -e begun ]; do sleep 0.05; done' && ${PASSES}`,
      captcha: `touch begun; sleep 1; touch ended; ${PASSES}`,
      browser: `[ -e ended ] && ${PASSES}`,
    }
    expect(lastLine((await run(suites)).stdout)).to.equal('7 passed, 0 failed')
  })
})
