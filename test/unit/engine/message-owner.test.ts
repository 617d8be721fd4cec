import { expect } from 'chai'
import { deflateSync } from 'node:zlib'
import { ownerOf } from '../../../src/engine/message-owner.ts'
import { goldenMessages, protocol1, readJson } from './golden-messages.ts'

const [golden] = goldenMessages
const theirs = readJson(golden?.raw ?? '')
const withHeaders = (headers: object): Buffer =>
  Buffer.from(JSON.stringify({ ...theirs, headers: { ...theirs.headers, ...headers } }))

describe('whose message it is', () => {
  const owner = {
    id: '33333333-3333-3333-3333-333333333333',
    name: 'proj.add',
    groupId: null,
    parentId: '8f9705a8-3daf-4ea7-a528-a9389b642217',
    ignoreResult: false,
  }
  const old = { id: 'x', name: 'old.add', groupId: null, parentId: null, ignoreResult: false }
  const odd: [what: string, raw: Buffer, owner: object | null][] = [
    ['in any content type', Buffer.from(JSON.stringify({ ...theirs, 'content-type': 'application/x-yaml' })), owner],
    ['with an eta that is none', withHeaders({ eta: 'soon' }), owner],
    ['without a body', Buffer.from(JSON.stringify({ ...theirs, body: undefined })), owner],
    [
      'of a group, without a result',
      withHeaders({ group: 'g', ignore_result: true }),
      { ...owner, groupId: 'g', ignoreResult: true },
    ],
    ['with NaN in its headers', Buffer.from(String(withHeaders({ more: 'x' })).replace('"x"', 'NaN')), owner],
    ['of protocol 1', protocol1({ taskset: 'g' }), { ...old, groupId: 'g' }],
    ['of protocol 1, not encoded', protocol1({ eta: 'soon' }, false), old],
    ['of protocol 1, with an integer beyond 2^53', oldWith('9007199254740993'), old],
    ['of protocol 1, with NaN', oldWith('NaN'), old],
    ['without a task', withHeaders({ task: null }), null],
    ['without an id', withHeaders({ id: '' }), null],
    ['with an id that is too long', withHeaders({ id: 'i'.repeat(1_001) }), null],
    ['of protocol 1, in a compression of others', oldWith('1', { compression: 'application/x-bz2' }), null],
    ['of neither protocol', Buffer.from(JSON.stringify({ ...theirs, headers: {} })), null],
    ['that is no JSON', Buffer.from('hello'), null],
    ['that is no object', Buffer.from('[]'), null],
    ['that is no text', Buffer.from([0xff]), null],
  ]
  for (const [what, raw, expected] of odd) {
    it(`is told of one ${what}`, () => expect(ownerOf(raw)).to.deep.equal(expected))
  }

  it('is told of a compressed one of protocol 1', () => {
    const body = deflateSync('{"task":"old.add","id":"x"}').toString('base64')
    const raw = { ...theirs, headers: { compression: 'application/x-gzip' }, body }
    expect(ownerOf(Buffer.from(JSON.stringify(raw)))).to.deep.equal(old)
  })

  function oldWith(number: string, headers: object = {}): Buffer {
    const body = Buffer.from(`{"task":"old.add","id":"x","args":[${number}],"kwargs":{}}`).toString('base64')
    return Buffer.from(JSON.stringify({ ...theirs, headers, body }))
  }
})
