import { EngineError } from '../engine/errors.ts'
import { isTaskDefinition, type TaskDefinition } from '../engine/task.ts'
import { show } from '../engine/task-options.ts'

/** Task definitions by whatever names a program has for them, as `client.bind` takes them. */
export type Definitions = Record<string, TaskDefinition<never>>

/**
 * The tasks among what was given, by their own names.
 *
 * @throws EngineError OPTION_INVALID for what is no task, TASK_NAME_TAKEN
 */
export function tasksOf(definitions: Definitions): ReadonlyMap<string, TaskDefinition> {
  const tasks = new Map<string, TaskDefinition>()
  for (const [key, definition] of Object.entries(definitions)) {
    if (!isTaskDefinition(definition)) {
      throw new EngineError('OPTION_INVALID', `tasks.${key}: expected a defineTask(...), came ${show(definition)}`)
    }
    const known = tasks.get(definition.name)
    if (known !== undefined && known !== definition) {
      throw new EngineError('TASK_NAME_TAKEN', `two tasks are named ${definition.name}, one of them ${key}`)
    }
    tasks.set(definition.name, definition)
  }
  return tasks
}
