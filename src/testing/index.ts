/** What the tests of a program that uses Lovage need: `import ... from 'lovage/testing'`. */
export { startEmbeddedRedis, type TestRedis } from './embedded-redis.ts'
export { recordTasks, type RecordedTasks, type SentTask } from './record-tasks.ts'
export { startTestWorker, type TestWorker, type TestWorkerOptions } from './start-test-worker.ts'
export { taskAlwaysEager, type EagerOptions, type EagerTasks } from './task-always-eager.ts'
