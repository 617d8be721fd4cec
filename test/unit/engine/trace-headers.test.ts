import { expect } from 'chai'
import { readTraceHeaders, traceHeadersText, traceIdOf } from '../../../src/engine/trace-headers.ts'

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

describe('headers of a trace', () => {
  it('are read as they are', () => {
    const all = { traceparent, tracestate: 'a=1', baggage: 'b=2' }
    expect(readTraceHeaders(traceparent, 'a=1', 'b=2')).to.deep.equal(all)
    expect(readTraceHeaders(traceparent, undefined, undefined)).to.deep.equal({ traceparent })
  })

  for (const value of [undefined, null, '', 1, {}, [traceparent], 'x'.repeat(257)]) {
    it(`are none where the parent is ${JSON.stringify(value)?.slice(0, 20)}`, () => {
      expect(readTraceHeaders(value, 'a=1', 'b=2')).to.equal(null)
    })
  }

  it('leave out what is too long, or no text', () => {
    expect(readTraceHeaders(traceparent, 'x'.repeat(2_049), 'x'.repeat(8_193))).to.deep.equal({ traceparent })
    expect(readTraceHeaders(traceparent, 7, {})).to.deep.equal({ traceparent })
    const longest = { traceparent, tracestate: 'x'.repeat(2_048), baggage: 'x'.repeat(8_192) }
    expect(readTraceHeaders(traceparent, longest.tracestate, longest.baggage)).to.deep.equal(longest)
  })

  it('are written as members of a JSON object, whatever is in them', () => {
    const all = { traceparent: 'a"b', tracestate: '\\', baggage: 'é\n' }
    expect(JSON.parse(`{"first":1${traceHeadersText(all)}}`)).to.deep.equal({ first: 1, ...all })
    expect(traceHeadersText({ traceparent })).to.equal(`,"traceparent":"${traceparent}"`)
  })

  it('tell the id of the trace', () => {
    expect(traceIdOf({ traceparent })).to.equal('0af7651916cd43dd8448eb211c80319c')
    expect(traceIdOf({ traceparent: `01${traceparent.slice(2)}-later` })).to.equal('0af7651916cd43dd8448eb211c80319c')
  })

  for (const wrong of [
    'garbage',
    `ff${traceparent.slice(2)}`,
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`,
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331',
    `${traceparent}2`,
    ` ${traceparent}`,
  ]) {
    it(`tell no trace’s id where the parent is ${wrong}`, () => {
      expect(traceIdOf({ traceparent: wrong })).to.equal(null)
    })
  }
})
