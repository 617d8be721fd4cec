import { expect } from 'chai'
import { TaskLogs } from '../../../../src/engine/worker/task-logs.ts'
import { engineLog } from '../engine-log.ts'

describe('what running tasks log', () => {
  it('goes into the log with the id of its task, and into its record by the clock of the broker; cut', () => {
    const logger = engineLog()
    const kept: unknown[] = []
    const now = Date.now() + 60_000
    const logs = new TaskLogs({
      broker: { now: () => now },
      records: { logged: (id, name, { time, text }) => void kept.push([id, name, Math.abs(time - now) < 1_000, text]) },
      logger,
    })
    logs.add({ id: 'an-id', name: 'proj.add', text: 'half way', at: Date.now() })
    logs.add({ id: 'an-id', name: 'proj.add', text: 'x'.repeat(501), at: Date.now() })
    expect(kept).to.deep.equal([
      ['an-id', 'proj.add', true, 'half way'],
      ['an-id', 'proj.add', true, `${'x'.repeat(497)}...`],
    ])
    expect(logger.lines[0]).to.deep.equal(['info', 'half way', { task: 'proj.add', taskId: 'an-id' }])
  })

  it('goes into the log alone where no records are kept', () => {
    const logger = engineLog()
    const logs = new TaskLogs({ broker: { now: () => 1 }, records: null, logger })
    logs.add({ id: 'an-id', name: 'proj.add', text: 'half way', at: 1 })
    expect(logger.lines).to.have.length(1)
  })
})
