import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { keepMonitorToken } from '../../../src/config/monitor-token.ts'
import { settingsErrorOf } from './faults-of.ts'

describe('config/monitor-token', () => {
  let folder = ''
  let dataDir = ''
  let file = ''

  beforeEach(() => {
    folder = fs.mkdtempSync(join(tmpdir(), 'lovage-token-'))
    dataDir = join(folder, 'data')
    file = join(dataDir, 'monitor-token')
  })
  afterEach(() => fs.rmSync(folder, { recursive: true }))

  const mode = (): string => (fs.statSync(file).mode & 0o777).toString(8)

  function write(content: string, permissions: number): void {
    fs.mkdirSync(dataDir)
    fs.writeFileSync(file, content)
    fs.chmodSync(file, permissions)
  }

  it('is made once, for the owner alone, and nothing else is left behind', () => {
    const made = keepMonitorToken(dataDir)
    expect(made.token).to.match(/^[\w-]{43}$/)
    expect(made).to.include({ file, wasOpen: false })
    expect(mode()).to.equal('600')
    expect(fs.readdirSync(dataDir)).to.deep.equal(['monitor-token'])
    expect(keepMonitorToken(dataDir)).to.deep.equal(made)
  })

  it('is closed to others where it was open to them, and says so once', () => {
    write(`${'x'.repeat(32)}\n`, 0o644)
    expect(keepMonitorToken(dataDir)).to.deep.equal({ token: 'x'.repeat(32), file, wasOpen: true })
    expect(mode()).to.equal('600')
    expect(keepMonitorToken(dataDir).wasOpen).to.equal(false)
  })

  it('is not replaced where it can not be used', () => {
    write('short\n', 0o600)
    const { faults, message } = settingsErrorOf(() => keepMonitorToken(dataDir))
    expect(faults.map(({ setting, source, came }) => [setting, source, came])).to.deep.equal([
      ['monitor.token', file, '5 characters'],
    ])
    expect(message).to.include('with a token of at least 32 characters')
    expect(fs.readFileSync(file, 'utf8')).to.equal('short\n')
  })

  it('says what is in its place', () => {
    fs.mkdirSync(file, { recursive: true })
    const { faults } = settingsErrorOf(() => keepMonitorToken(dataDir))
    expect(faults[0]?.came).to.equal('something that is not a file')
  })
})
