import type { CanvasMessage, ChordPart, Following, NewChord, Sending } from '../canvas/following.ts'
import type { BrokerKeys } from './keys.ts'

/** A chord may wait for members that run for long, or are due much later: its keys live for so many seconds, at least. */
const chordLifeSeconds = 30 * 86_400

/** What follows the end of a task, as the scripts read it: JSON. */
export function followPlan(following: Following, keys: BrokerKeys): string {
  const { messages, chords, results, parts } = following
  return JSON.stringify({
    life: chordLifeSeconds,
    messages: messages.map((message) => messagePlan(message, keys)),
    chords: chords.map(chordPlan),
    results: results.map(({ key, json, ttlSeconds }) => ({ key, json, ttl: ttlSeconds })),
    parts: parts.map((part) => partPlan(part, keys)),
  })
}

/** The key of a group's state (celery.backends.base: `group_keyprefix`). */
function groupKey(groupId: string): string {
  return `celery-taskset-meta-${groupId}`
}

/** What opens chords: their keys, their values, and how long they live, in seconds. */
export function chordEntries(chords: readonly NewChord[]): [key: string, value: string, seconds: number][] {
  return chords.flatMap(({ groupId, size, tree }): [string, string, number][] => {
    const entries: [string, string, number][] = [[`${groupKey(groupId)}.s`, String(size), chordLifeSeconds]]
    return tree === null ? entries : [...entries, [groupKey(groupId), tree, chordLifeSeconds]]
  })
}

function messagePlan({ queue, priority, taskId, taskName, text }: CanvasMessage, keys: BrokerKeys): object {
  const [before, after] = typeof text === 'string' ? [] : text
  return {
    list: keys.list(queue, priority),
    dead: keys.aside('dead', queue),
    // The script adds the time.
    note: JSON.stringify({ reason: 'its queue can not take it', id: taskId, task: taskName }).slice(0, -1),
    queue,
    priority: String(priority),
    id: taskId,
    task: taskName,
    ...(typeof text === 'string' ? { text } : { before, after }),
  }
}

function chordPlan({ groupId, size, tree }: NewChord): object {
  return { key: groupKey(groupId), size: String(size), ...(tree !== null && { tree }) }
}

function sendingPlan({ messages, chords }: Sending, keys: BrokerKeys): object {
  return { messages: messages.map((message) => messagePlan(message, keys)), chords: chords.map(chordPlan) }
}

function partPlan({ groupId, index, taskId, part, done, failed }: ChordPart, keys: BrokerKeys): object {
  return {
    key: groupKey(groupId),
    score: index === null ? '+inf' : String(index),
    // As it stands in the JSON of an end.
    id: JSON.stringify(taskId).slice(1, -1),
    ...(part !== null && { text: part }),
    done: sendingPlan(done, keys),
    failed: {
      results: failed.results.map(({ ttlSeconds, ...result }) => ({ ...result, ttl: ttlSeconds })),
      messages: failed.messages.map((message) => messagePlan(message, keys)),
      parts: failed.parts.map((outer) => partPlan(outer, keys)),
    },
  }
}
