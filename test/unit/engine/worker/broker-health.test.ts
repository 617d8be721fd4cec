import { expect } from 'chai'
import { BrokerHealth } from '../../../../src/engine/worker/broker-health.ts'
import { engineLog } from '../engine-log.ts'

function healthOf() {
  const logger = engineLog()
  let back = 0
  const health = new BrokerHealth({ onBack: () => void (back += 1), logger })
  return { health, logger, levels: () => logger.lines.map(([level]) => level), back: () => back }
}

function replyError(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' })
}

describe("the broker's health", () => {
  it('has no answer before the first', () => expect(healthOf().health.lastAnswer).to.equal(0))

  it('remembers when the broker last answered', () => {
    const { health, logger, back } = healthOf()
    const before = performance.now()
    health.answered()
    expect(health.lastAnswer).to.be.within(before, performance.now())
    health.failed('asking', new Error('gone'))
    expect(health.lastAnswer).to.be.at.most(performance.now())
    expect([logger.lines.length, back()]).to.deep.equal([1, 0])
  })

  it('says once that the broker is away, with the first reason, whoever notices', () => {
    const { health, logger } = healthOf()
    health.answered()
    for (const reason of [new Error('ECONNREFUSED'), 'later', undefined]) health.failed('asking', reason)
    expect(logger.lines).to.deep.equal([
      ['warn', 'the broker does not answer: taking no tasks', { error: 'ECONNREFUSED' }],
    ])
  })

  it('says once that it is back, and tells whoever wants to know', () => {
    const { health, logger, back } = healthOf()
    health.failed('asking', new Error('gone'))
    expect(back()).to.equal(0)
    for (let count = 0; count < 3; count += 1) health.answered()
    const [level, message, fields] = logger.lines[1] ?? []
    expect([level, message]).to.deep.equal(['info', 'the broker is back: taking tasks again'])
    expect(fields).to.have.property('awayMs').that.is.at.least(0).and.satisfies(Number.isInteger)
    expect(logger.lines).to.have.length(2)
    expect(back()).to.equal(1)
  })

  it('says it anew each time', () => {
    const { health, levels, back } = healthOf()
    for (let count = 0; count < 2; count += 1) {
      health.failed('asking', new Error('gone'))
      health.answered()
    }
    expect(levels()).to.deep.equal(['warn', 'info', 'warn', 'info'])
    expect(back()).to.equal(2)
  })

  it('says that the broker is away also where it never answered', () => {
    const { health, levels } = healthOf()
    health.failed('asking', new Error('gone'))
    expect(levels()).to.deep.equal(['warn'])
    expect(health.lastAnswer).to.equal(0)
  })

  it('says once for each thing that the broker refused, and again for another reason', () => {
    const { health, logger, back } = healthOf()
    for (const [what, reason] of [
      ['trimming', 'WRONGTYPE'],
      ['trimming', 'WRONGTYPE'],
      ['taking back', 'WRONGTYPE'],
      ['trimming', 'NOPERM'],
    ]) {
      health.failed(String(what), replyError(String(reason)))
    }
    expect(logger.lines).to.deep.equal([
      ['warn', 'the broker refused', { what: 'trimming', error: 'WRONGTYPE' }],
      ['warn', 'the broker refused', { what: 'taking back', error: 'WRONGTYPE' }],
      ['warn', 'the broker refused', { what: 'trimming', error: 'NOPERM' }],
    ])
    health.answered()
    expect([logger.lines.length, back()]).to.deep.equal([3, 0])
  })

  const answers: [message: string, refused: boolean][] = [
    ['WRONGTYPE Operation against a key holding the wrong kind of value', true],
    ['NOPERM this user has no permissions to run the command', true],
    ['ERR unknown command', true],
    ['ERR Error running script (call to f_1): WRONGTYPE Operation against a key', true],
    ['READONLY You can not write against a read only replica.', false],
    ["OOM command not allowed when used memory > 'maxmemory'.", false],
    ['LOADING Redis is loading the dataset in memory', false],
    ['MISCONF Redis is configured to save RDB snapshots', false],
    ['ERR Error running script (call to f_1): @user_script:9: -OOM command not allowed', false],
    ['NOAUTH Authentication required.', false],
  ]
  for (const [message, refused] of answers) {
    it(`${refused ? 'takes as a refusal' : 'takes for a broker that can not serve'}: ${message}`, () => {
      const { health, logger } = healthOf()
      health.failed('asking', replyError(message))
      expect(logger.lines[0]?.[1]).to.equal(
        refused ? 'the broker refused' : 'the broker does not answer: taking no tasks',
      )
    })
  }
})
