/** Every exit code of the command, and what it means. Beyond 2, which is that of Celery's command, those of sysexits.h. */
export const exitCodes = {
  done: { code: 0, means: 'done' },
  failed: { code: 1, means: 'it went wrong; of result and call --wait: the task failed or was revoked' },
  usage: { code: 2, means: 'a command line that is not understood' },
  unavailable: { code: 69, means: 'nobody is there: no node replied, or Redis or an SMS gateway did not answer' },
  notYet: { code: 75, means: 'not yet: the task has not ended, or the queue is full; try again later' },
  configuration: { code: 78, means: 'settings, task files or the data folder can not be used' },
} as const

/** Names one of them. */
export type ExitName = keyof typeof exitCodes

/** For people, below the help. */
export function exitCodesHelp(): string {
  const rows = Object.values(exitCodes).map(({ code, means }) => `  ${String(code).padEnd(4)}${means}`)
  return `\nExit codes:\n${rows.join('\n')}`
}
