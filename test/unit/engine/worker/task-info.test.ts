import { deflateSync } from 'node:zlib'
import { expect } from 'chai'
import { encodeMessage } from '../../../../src/engine/encode-message.ts'
import { decodeMessage } from '../../../../src/engine/message.ts'
import type { TaskDefinition } from '../../../../src/engine/task.ts'
import type { Json } from '../../../../src/engine/wire-value.ts'
import { taskInfo } from '../../../../src/engine/worker/task-info.ts'

type Info = Record<string, Json>

function infoOf(
  raw: Uint8Array,
  options: { mask?: (...args: never[]) => readonly unknown[]; params?: string[]; safe?: boolean } = {},
): Info {
  const { safe = false, ...ofTask } = options
  const task: TaskDefinition = { kind: 'lovage.task', name: 'a', options: ofTask, handler: () => 1 }
  const message = decodeMessage(raw)
  return taskInfo({ message, raw, queue: 'from', task, node: 'n', begunAt: null, safe }) as Info
}

function ours(args: unknown[], shownArgs?: unknown[]): Buffer {
  return Buffer.from(encodeMessage({ name: 'a', args, shownArgs, id: 'i', queue: 'q', origin: 'o', sentAt: 0 }))
}

/** A message as others write it. */
function others(body: unknown, headers: object = {}, properties: object = {}): Buffer {
  return Buffer.from(
    JSON.stringify({
      body: Buffer.from(JSON.stringify(body)).toString('base64'),
      'content-type': 'application/json',
      headers: { task: 'a', id: 'i', ...headers },
      properties: { body_encoding: 'base64', ...properties },
    }),
  )
}

describe('what is told of a message', () => {
  it('are its arguments as they are', () => {
    expect(infoOf(ours(['x', [1, { k: null }]]))).to.deep.include({ args: ['x', [1, { k: null }]], kwargs: {} })
    expect(infoOf(others([[1], { k: 'v' }, null]))).to.deep.include({ args: [1], kwargs: { k: 'v' } })
    const python = { argsrepr: "(1, 'x')", kwargsrepr: "{'k': True}" }
    expect(infoOf(others([[1, 'x'], { k: true }, null], python))).to.deep.include({
      args: [1, 'x'],
      kwargs: { k: true },
    })
  })

  it('is what the sender wrote where that says something else', () => {
    expect(infoOf(ours(['13800000000', '123456'], ['138****0000', '******']))).to.include({
      args: "('138****0000', '******')",
    })
    const hidden = { argsrepr: '<hidden>', kwargsrepr: '<hidden, too>' }
    expect(infoOf(others([[1], { k: 2 }, null], hidden))).to.include({ args: '<hidden>', kwargs: '<hidden, too>' })
  })

  it("is what the task's mask says, whoever sent it", () => {
    const mask = (mobile: string): unknown[] => [mobile.slice(0, 3), '***']
    const masked = { args: "('138', '***')", kwargs: '{}' }
    expect(infoOf(ours(['13800000000', '123456']), { mask })).to.include(masked)
    expect(infoOf(others([['13800000000', '123456'], {}, null]), { mask })).to.include(masked)
    expect(infoOf(others([['13800000000'], { code: '123456' }, null]), { mask, safe: true })).to.include({
      kwargs: '{...}',
    })
  })

  it('is in its place where it came by name, for the mask to see', () => {
    const mask = (mobile: string, code: string): unknown[] => [mobile.slice(0, 3), code.replaceAll(/./g, '*')]
    const params = ['mobile', 'code']
    const told = (args: unknown[], kwargs: object): Info => infoOf(others([args, kwargs, null]), { mask, params })
    const masked = { args: "('138', '******')", kwargs: '{}' }
    expect(told([], { code: '123456', mobile: '13800000000' })).to.include(masked)
    expect(told(['13800000000'], { code: '123456' })).to.include(masked)
    expect(told(['13800000000'], { kode: '123456' })).to.include({ args: '(...)', kwargs: '{...}' })
  })

  it('is nothing where the mask does not fit', () => {
    const mask = (text: string): unknown[] => [text.slice(0)]
    expect(infoOf(others([[5], {}, null]), { mask })).to.include({ args: '(...)' })
  })

  it('is a text where they are large, or can not be read', () => {
    const long = 'x'.repeat(20_000)
    const told = infoOf(ours([long]))['args']
    expect(told)
      .to.be.a('string')
      .and.match(/^\('x+\.\.\.$/)
    expect(String(told)).to.have.length(1_024)
    expect(infoOf(ours([long]), { mask: () => ['y'] })).to.include({ args: '(...)', kwargs: '{...}' })
    expect(infoOf(others('no list'))).to.include({ args: '(...)', kwargs: '{...}' })
    expect(infoOf(others([['x'.repeat(100_000)], {}, null], { argsrepr: 'short' }))).to.include({ args: '(...)' })
  })

  it('is a text where they are compressed: a few bytes may stand for very many', () => {
    const zip = deflateSync(JSON.stringify([['x'.repeat(1_000_000)], {}, null])).toString('base64')
    const headers = { task: 'a', id: 'i', compression: 'application/x-gzip', argsrepr: "('x...',)" }
    const properties = { body_encoding: 'base64' }
    const raw = JSON.stringify({ body: zip, 'content-type': 'application/json', headers, properties })
    expect(infoOf(Buffer.from(raw))).to.include({ args: "('x...',)", kwargs: '{...}' })
  })

  it('cuts what a sender wrote at great length', () => {
    expect(String(infoOf(others([[1], {}, null], { argsrepr: 'x'.repeat(5_000) }))['args'])).to.have.length(1_024)
  })

  it('is a text alone where that is asked for', () => {
    expect(infoOf(ours([1, 'x']), { safe: true })).to.include({ args: "(1, 'x')", kwargs: '{}' })
    expect(infoOf(others([[1], {}, null]), { safe: true })).to.include({ args: '(1,)' })
  })

  it('is where it was sent to, and how', () => {
    const delivery = { exchange: 'x', routing_key: 'r', redelivered: true }
    const told = infoOf(others([[], {}, null], { shadow: 'other name' }, { delivery_info: delivery, priority: 6 }))
    expect(told['delivery_info']).to.deep.equal({ exchange: 'x', routing_key: 'r', priority: 6, redelivered: true })
    expect(told).to.include({ name: 'other name', type: 'a', hostname: 'n' })
    expect(infoOf(others([[], {}, null]))['delivery_info']).to.deep.equal({
      exchange: '',
      routing_key: 'from',
      priority: 0,
      redelivered: false,
    })
  })
})
