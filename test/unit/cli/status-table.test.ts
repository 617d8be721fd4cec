import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { expect } from 'chai'
import { painter, type Paint } from '../../../src/cli/colours.ts'
import { statusTable } from '../../../src/cli/status-table.ts'
import { columns as columnsOf } from '../../../src/cli/terminal-text.ts'

const plain: Paint = (_look, text) => text

/** What a real Celery worker replied. */
function celeryReplies(command: string): Map<string, unknown> {
  const lines = readFileSync(new URL('../../fixtures/celery/inspect_json.txt', import.meta.url), 'utf8').split('\n')
  const at = lines.indexOf(`## ${command}`)
  return new Map(Object.entries(JSON.parse(lines[at + 1] ?? '') as object))
}

describe('the table of `lovage status`', () => {
  const lovage = {
    total: { 'proj.add': 1_200_000, 'proj.mul': 34_567 },
    pid: 4_194_304,
    uptime: 7_999,
    pool: { implementation: 'lovage.pool:threads', 'max-concurrency': 8 },
  }

  it("tells of Lovage's and Celery's nodes what they are and do, in 80 columns", () => {
    const stats = new Map<string, unknown>([['web-1', lovage], ...celeryReplies('inspect stats')])
    const active = new Map<string, unknown>([['web-1', [{}, {}, {}]], ...celeryReplies('inspect active')])
    const lines = statusTable({ stats, active }, 80, plain).split('\n')
    expect(lines).to.deep.equal([
      'NODE                             STATE POOL            BUSY  TASKS   UP      PID',
      'w1@vm                            OK    prefork       1 of 2      5  14s    14943',
      'web-1                            OK    threads       3 of 8  1235k   2h  4194304',
      '',
      '2 nodes online.',
      '',
    ])
  })

  it('keeps to the width, whatever a node calls itself, and prints nothing that a terminal would act on', () => {
    const name = `青\x1b[2J${'long'.repeat(20)}`
    const text = statusTable({ stats: new Map([[name, lovage]]), active: new Map() }, 80, plain)
    for (const line of text.split('\n')) expect(columnsOf(line)).to.be.at.most(80)
    expect(text).to.contain('青\\x1b[2J').and.not.to.contain('\x1b')
    expect(text).to.contain('- of 8').and.to.contain('1 node online.')
  })

  it('shows what is not as expected as unknown, and a node that replied with an error as such', () => {
    const odd = [null, 7, 'text', [], {}, { total: { a: 'x' }, pid: '1', uptime: null, pool: 3 }]
    const stats = new Map(odd.map((reply, index): [string, unknown] => [`odd-${index}`, reply]))
    stats.set('wrong', { error: 'it went wrong' })
    const active = new Map<string, unknown>([['odd-1', { error: 'x' }]])
    const rows = statusTable({ stats, active }, 80, plain).split('\n').slice(1, 8)
    for (const row of rows.slice(0, 6)) expect(row).to.match(/^odd-\d +OK +- +- of - +- +- +-$/)
    expect(rows[6]).to.match(/^wrong +ERROR /)
  })

  it('is painted where the terminal has colours', () => {
    const stats = new Map<string, unknown>([
      ['a', lovage],
      ['b', { error: 'x' }],
    ])
    const text = statusTable({ stats, active: new Map() }, 80, painter({ hasColors: () => true }))
    expect(text).to.contain('\x1b[32mOK   \x1b[39m').and.to.contain('\x1b[31mERROR\x1b[39m')
    expect(text.startsWith('\x1b[1mNODE ')).to.equal(true)
    expect(stripVTControlCharacters(text)).to.equal(statusTable({ stats, active: new Map() }, 80, plain))
  })
})

describe('painter', () => {
  it('paints nothing where there is no terminal, or one without colours', () => {
    for (const output of [{}, { hasColors: () => false }]) expect(painter(output)('red', 'text')).to.equal('text')
  })
})
