/** What a worker is doing. */
export interface Activity {
  /** How many messages are claimed and have not ended. */
  readonly running: number
  /** Whether no more may be claimed now. */
  readonly full: boolean
  /** Whether that is so although nothing is claimed: a fault of ours. */
  readonly stuck: boolean
  /** When the broker last answered a claim (or there was room again to ask), and when it last answered at all: `performance.now()` milliseconds, 0 for never. */
  readonly lastPoll: number
  readonly lastAnswer: number
  /** How many messages a second were worked off lately. */
  readonly perSecond: number
  /** How many outcomes could not be settled because the claim was no longer ours. */
  readonly lostClaims: number
  /** How often a message of an unknown task was left for others. */
  readonly leftForOthers: number
}
