import { expect } from 'chai'
import { purgedText } from '../../../src/cli/purge-command.ts'

describe('what a purge says', () => {
  const of = (messages: number, scheduled: number) => ({ messages, scheduled })
  for (const [purged, scheduled, text] of [
    [[['celery', of(0, 0)]], false, 'No messages purged from 1 queue.\n'],
    [[['celery', of(1, 0)]], false, 'Purged 1 message from 1 known task queue.\n'],
    [
      [
        ['a', of(2, 1)],
        ['b', of(3, 0)],
      ],
      false,
      'Purged 5 messages from 2 known task queues.\nLeft there, because it is due later: 1; --scheduled removes them, too.\n',
    ],
    [[['a', of(2, 2)]], true, 'Purged 4 messages from 1 known task queue.\n'],
  ] as const) {
    it(`is ${text}`, () => expect(purgedText(purged, scheduled)).to.equal(text))
  }
})
