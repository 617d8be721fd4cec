import type { TaskMessage } from '../../../src/engine/message.ts'

/** A task message as a worker has read it. */
export function aMessage(change: Partial<TaskMessage> = {}): TaskMessage {
  return {
    id: 'an-id',
    name: 'proj.add',
    retries: 0,
    crashes: 0,
    admitted: false,
    eta: null,
    sentAt: null,
    queuedAt: null,
    expires: null,
    timeLimit: [null, null],
    rootId: 'an-id',
    parentId: null,
    groupId: null,
    groupIndex: null,
    ignoreResult: false,
    body: '[[2,3],{},null]',
    bodyEncoding: null,
    ...change,
  }
}
