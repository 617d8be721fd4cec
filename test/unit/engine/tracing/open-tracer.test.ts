import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { trace } from '@opentelemetry/api'
import { openTracer, tracerOf } from '../../../../src/engine/tracing/open-tracer.ts'
import { projectRoot } from '../../../support/service.ts'
import { Telemetry } from '../../../support/telemetry.ts'

describe('whether anything is to be traced', () => {
  const empty = mkdtempSync(join(tmpdir(), 'lv-'))
  after(() => rmSync(empty, { recursive: true }))

  it('is not where the API is there, and no SDK', async () => {
    expect(trace.getTracerProvider()).to.be.an('object')
    expect(await openTracer([projectRoot])).to.equal(null)
    // Nothing is loaded for that: this could not be.
    expect(await tracerOf('file:///nowhere/api.js')).to.equal(null)
  })

  describe('with an SDK', () => {
    let telemetry: Telemetry
    beforeEach(() => void (telemetry = new Telemetry()))
    afterEach(() => telemetry.close())

    it('is, by the API of the first folder that has it', async () => {
      const tracer = await openTracer([empty, projectRoot])
      expect(tracer?.api).to.match(/^file:\/\/\/.*\/node_modules\/@opentelemetry\/api\/.*\.js$/)
      tracer?.sends({ id: 'an-id', name: 'proj.add', queue: 'celery' }).ended()
      expect(telemetry.only.name).to.equal('send proj.add')
    })

    it('is not where no folder has the API', async () => {
      expect(await openTracer([empty])).to.equal(null)
    })
  })
})
