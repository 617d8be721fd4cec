import type { Engine } from '../../engine/index.ts'

/** Where the dashboard finds tasks. */
export type TaskSources = Pick<
  Engine,
  'worker' | 'catalogue' | 'queues' | 'records' | 'search' | 'deadLetters' | 'queuePause' | 'client'
>
