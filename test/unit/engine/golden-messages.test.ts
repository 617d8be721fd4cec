import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { readBody } from '../../../src/engine/body.ts'
import { bodyText, decodeMessage, type TaskMessage } from '../../../src/engine/message.ts'
import { goldenMessages } from './golden-messages.ts'

const unacked = new URL('../../fixtures/celery/unacked_entries.jsonl', import.meta.url)
const claimed = readFileSync(unacked, 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const [message] = JSON.parse((JSON.parse(line) as { value: string }).value) as [object]
    return Buffer.from(JSON.stringify(message))
  })

interface Row {
  readonly name: string
  readonly fields?: Partial<TaskMessage>
  readonly args: readonly unknown[]
  readonly chain?: readonly unknown[]
}

/** What Celery's client was told to send, in the order of the file. */
const table: readonly Row[] = [
  {
    name: 'proj.add',
    fields: {
      id: '33333333-3333-3333-3333-333333333333',
      rootId: '8f9705a8-3daf-4ea7-a528-a9389b642217',
      parentId: '8f9705a8-3daf-4ea7-a528-a9389b642217',
    },
    args: [3, 4],
    chain: [],
  },
  {
    name: 'proj.xsum',
    fields: {
      rootId: '22222222-2222-2222-2222-222222222222',
      parentId: '22222222-2222-2222-2222-222222222222',
    },
    args: [5],
  },
  {
    name: 'proj.xsum',
    fields: {
      rootId: 'fe057ba2-f7a1-432f-8b1e-bb5ff0e731da',
      parentId: 'fe057ba2-f7a1-432f-8b1e-bb5ff0e731da',
      groupId: '6838ae4c-c5f2-4137-b0ef-b602071caf5f',
    },
    args: [[2, 4]],
  },
  { name: 'proj.boom', fields: { parentId: null }, args: [] },
  { name: 'proj.rt', fields: { id: '52d68824-0fc9-4877-af39-58d0f69e7478', retries: 0, eta: null }, args: [] },
  { name: 'proj.prog', args: [] },
  {
    name: 'proj.rt',
    fields: {
      id: '52d68824-0fc9-4877-af39-58d0f69e7478',
      parentId: '52d68824-0fc9-4877-af39-58d0f69e7478',
      retries: 1,
      // 14:42:36.848847: never earlier than that.
      eta: Date.UTC(2026, 10, 23, 14, 42, 36, 849),
    },
    args: [],
  },
  { name: 'proj.rt', fields: { retries: 2, eta: Date.UTC(2026, 10, 23, 14, 42, 37, 851) }, args: [] },
  { name: 'proj.slow', fields: { id: 'aaaaaaaa-0000-0000-0000-000000000001' }, args: [30] },
  { name: 'proj.add', fields: { id: '11111111-1111-1111-1111-111111111111' }, args: [2, 3] },
]

describe('what a real Celery wrote', () => {
  const raws = [...goldenMessages.map(({ raw }) => raw), ...claimed]

  it('is all in the table', () => expect(raws.length).to.equal(table.length))

  table.forEach(({ name, fields = {}, args, chain = null }, index) => {
    it(`says what it was told to say: ${name} (${index + 1})`, () => {
      const message = decodeMessage(raws[index] ?? Buffer.alloc(0))
      expect(message).to.deep.include({
        name,
        retries: 0,
        crashes: 0,
        eta: null,
        expires: null,
        timeLimit: [null, null],
        groupId: null,
        ignoreResult: false,
        bodyEncoding: 'base64',
        ...fields,
      })
      expect(readBody(message)).to.deep.include({ args, kwargs: {} })
      const [, , embed] = JSON.parse(bodyText(message.body, message.bodyEncoding)) as unknown[]
      expect(embed).to.deep.equal({ callbacks: null, errbacks: null, chain, chord: null })
    })
  })
})
