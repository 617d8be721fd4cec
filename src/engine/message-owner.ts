import { readJson } from './exact-json.ts'
import { bodyText, encodingOf, isRecord, maxNameLength, utf8, type TaskMessage } from './message.ts'

/** Whose message it is: which task, and who waits for what becomes of it. */
export type MessageOwner = Pick<TaskMessage, 'id' | 'name' | 'groupId' | 'parentId' | 'ignoreResult'>

/** Reads of a message that can not be run as much as is needed to tell whoever waits for it. null: too little can be read. */
export function ownerOf(raw: Uint8Array): MessageOwner | null {
  try {
    const envelope = readJson(utf8.decode(raw)).value
    if (!isRecord(envelope)) return null
    const { headers, body } = envelope
    if (isRecord(headers) && 'task' in headers) return owner(headers, headers['group'])
    if (typeof body !== 'string') return null
    const old = readJson(bodyText(body, encodingOf(envelope))).value
    return isRecord(old) ? owner({ ...old, parent_id: null, ignore_result: false }, old['taskset']) : null
  } catch {
    return null
  }
}

function owner(fields: Record<string, unknown>, group: unknown): MessageOwner | null {
  const { id, task: name, parent_id: parent, ignore_result: ignored } = fields
  if (!isName(id) || !isName(name)) return null
  return {
    id,
    name,
    groupId: typeof group === 'string' ? group : null,
    parentId: typeof parent === 'string' ? parent : null,
    ignoreResult: ignored === true,
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxNameLength
}
