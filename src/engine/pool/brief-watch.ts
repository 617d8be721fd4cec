import { TimeLimitExceeded } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Outcome } from '../outcome.ts'
import type { Brief, BriefLane } from './brief-lane.ts'
import { JobWatch, withProfile } from './job-watch.ts'
import { PoolThread } from './pool-thread.ts'

/** What it works with. */
export interface BriefWatchOptions {
  readonly logger: Pick<Logger, 'warn'>
  /** The hard limit is reached. */
  readonly onTimeLimit: (error: TimeLimitExceeded) => void
}

/** Has a short job's time limits watched: it is at the front of its lane, and runs for longer than it should. */
export function watchBrief(lane: BriefLane, brief: Brief, { logger, onTimeLimit }: BriefWatchOptions): void {
  const { job } = brief
  brief.watch = new JobWatch(
    job,
    lane.thread.threadId,
    {
      mayLook: () => PoolThread.ending === 0,
      onTimeLimit: (seconds) => onTimeLimit(new TimeLimitExceeded(seconds)),
      onHang: ({ stack }) =>
        logger.warn({ task: job.name, taskId: job.id, stack }, 'task goes on after its soft time limit'),
    },
    lane.stillMs,
  )
}

/** Tells what became of a job, and where it hung, if it was watched and did. */
export async function tellOutcome({ watch, resolve }: Brief, outcome: Outcome): Promise<void> {
  const profile = (await watch?.done()) ?? null
  resolve(profile === null ? outcome : withProfile(outcome, profile))
}
