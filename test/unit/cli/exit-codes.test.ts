import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { CommandError } from '../../../src/cli/command-error.ts'
import { exitCodeOf, shown } from '../../../src/cli/ended-with.ts'
import { exitCodes, exitCodesHelp } from '../../../src/cli/exit-codes.ts'
import { SettingsError } from '../../../src/config/settings-error.ts'
import { EngineError, QueueFullError } from '../../../src/engine/errors.ts'
import { RedisSetupError } from '../../../src/redis/errors.ts'

const fault = (source: string) => ({ setting: 'http.port', source, expected: 'a number', came: 'another' })

describe('the exit code', () => {
  for (const [error, code] of [
    [new CommandError('x'), 1],
    [new CommandError('x', { exit: 'unavailable' }), 69],
    [new EngineError('OPTION_INVALID', 'x'), 2],
    [new EngineError('BROKER_UNAVAILABLE', 'x'), 69],
    [new QueueFullError('x', 1), 75],
    [new EngineError('TASK_FILE_MISSING', 'x'), 78],
    [new RedisSetupError('NOT_READY', 'x'), 69],
    [new RedisSetupError('NO_SERVER', 'x'), 78],
    [new SettingsError([fault('--port')]), 2],
    [new SettingsError([fault('--port'), fault('PORT in the environment')]), 78],
    [new Error('the connection was lost: closed by the server'), 69],
    [new TypeError('x'), 1],
    ['x', 1],
  ] as const) {
    it(`of ${String(error).split('\n')[0]} is ${code}`, () => expect(exitCodeOf(error)).to.equal(code))
  }

  it('stands with its meaning in the help and in the docs', () => {
    const docs = readFileSync(new URL('../../../docs/commands.md', import.meta.url), 'utf8')
    for (const { code, means } of Object.values(exitCodes)) {
      expect(exitCodesHelp()).to.contain(`  ${code} `).and.contain(means)
      expect(docs).to.match(new RegExp(`^\\| ${code} +\\| ${means.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}`, 'm'))
    }
  })

  it('comes with a stack where the fault is ours', () => {
    expect(shown(new CommandError('mend it'))).to.equal('mend it')
    expect(shown(new TypeError('broken'))).to.match(/^TypeError: broken\n +at /)
    expect(shown(new Error('Command timed out'))).to.equal('Redis does not answer: Command timed out')
    expect(shown('odd')).to.equal('odd')
  })
})
