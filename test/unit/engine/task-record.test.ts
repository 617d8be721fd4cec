import { expect } from 'chai'
import { readRecord, readRun, writeFacts, writeRun, type RecordRun } from '../../../src/engine/task-record.ts'

const run: RecordRun = {
  state: 'FAILURE',
  receivedAt: 1_000,
  queue: 'a\tb',
  node: 'n1',
  retries: 2,
  startedAt: 1_001,
  endedAt: 1_002,
  runtimeMs: 0.5,
  thread: 0,
  error: { type: 'Oops', message: 'two\nlines\tand a tab', stack: 'at here\n  at there' },
  result: null,
  retryAt: null,
  progress: { state: 'PROGRESS', fraction: 0, meta: '{}', at: 5 },
}
const facts = {
  args: '(1,)',
  kwargs: '{}',
  masked: true,
  sentAt: 1,
  expiresAt: 2,
  rootId: 'root',
  parentId: 'parent',
}
const quiet: RecordRun = {
  ...run,
  startedAt: null,
  endedAt: null,
  runtimeMs: null,
  thread: null,
  error: null,
  progress: null,
}
const written = (each: RecordRun): string => `${each.receivedAt}-key\t${each.state}\t${writeRun(each)}`

describe('a record of a task, as it is kept', () => {
  it('reads as it was written, whatever the texts hold', () => {
    const stored = [`17\tFAILURE\tproj.add\t3\tparent`, writeFacts(facts), written(quiet), written(run)].join('\n')
    expect(readRecord('an-id', stored)).to.deep.equal({
      id: 'an-id',
      name: 'proj.add',
      facts,
      runs: [quiet, run],
      runsDropped: 3,
    })
  })

  it('takes no room for what says nothing', () => {
    const none = {
      ...facts,
      args: '',
      kwargs: '',
      masked: false,
      sentAt: null,
      expiresAt: null,
      rootId: null,
      parentId: null,
    }
    expect(writeFacts(none)).to.equal('{}')
    expect(writeRun(quiet)).to.equal(String.raw`{"queue":"a\tb","node":"n1","retries":2}`)
    expect(readRecord('x', `1\tFAILURE\tn\t0\t\n{}\n${written(quiet)}`)?.facts).to.deep.equal(none)
  })

  for (const stored of [
    '',
    'x',
    '1\tSUCCESS\tname\t0\t',
    '1\tSUCCESS\tname\t0\t\n{}',
    '1\tSUCCESS\tname\t0\t\n{}\nno run',
  ]) {
    it(`is none where it is another text: ${JSON.stringify(stored)}`, () => {
      expect(readRecord('an-id', stored)).to.equal(null)
    })
  }

  for (const line of [
    '',
    '1-a\tNOSTATE\t{}',
    'x\tSUCCESS\t{}',
    '1-a\tSUCCESS\t[]',
    '1-a\tSUCCESS\t{',
    '1-a\tSUCCESS',
  ]) {
    it(`has no run in ${JSON.stringify(line)}`, () => {
      expect(readRun(line)).to.equal(null)
    })
  }
})
