/** The words of the benchmark, for the doc comments of the other files. */
import type { Redis } from 'ioredis'

/** Something that is measured. */
export interface Metric {
  /** With its unit: `tasks/s`, `p99, ms`. */
  readonly title: string
  readonly better: 'more' | 'less'
  /** Not drawn in the chart. */
  readonly detail?: boolean
}

/** By name of the metric. */
export type Measurement = Readonly<Record<string, number>>

export interface Contender {
  /** Letters, digits and `-`; begins with `lovage` where it is ours. */
  readonly name: string
  readonly title: string
  /** How the Redis of a run writes its log to disk; by default `everysec`. `none`: no Redis is started. */
  readonly redis?: 'everysec' | 'always' | 'none'
  /** The contender that it is compared with; by default the row's first one. */
  readonly base?: string
  /** Not in a quick run, where another one shows the same to work. */
  readonly fullOnly?: boolean
  /** One run; throws where something went wrong. */
  readonly measure: (run: Run) => Promise<Measurement>
}

/** The median of a contender's metric, by default of the row's first one; NaN where there is none. */
export type MedianOf = (contender: string, metric?: string) => number

/** What a row has to show. */
export interface Check {
  readonly text: string
  readonly value: (median: MedianOf) => number
  readonly atLeast?: number
  readonly atMost?: number
  /** Behind the figure. */
  readonly unit?: string
}

export interface Row {
  /** For `--only`. */
  readonly name: string
  readonly title: string
  /** What the row has to show, in words. */
  readonly requirement: string
  /** The first one is the main one. */
  readonly metrics: Readonly<Record<string, Metric>>
  /** The first one is what the others are compared with. */
  readonly contenders: readonly Contender[]
  readonly checks: readonly Check[]
  /** Where a round takes long and varies little. */
  readonly mostRounds?: number
}

/** What a contender gets for one run. */
export interface Run {
  /** A smoke test: few tasks. */
  readonly quick: boolean
  /** How many, in this kind of run. */
  readonly count: (full: number, quick: number) => number
  /** A server of its own, empty. */
  readonly redis: RedisServer
  /** An empty folder of its own, removed after the run. */
  readonly folder: string
  /** Ended after the run. */
  readonly processes: Processes
}

/** A Redis of the harness's own. */
export interface RedisServer {
  /** On 127.0.0.1. */
  readonly port: number
  readonly pid: number
  /** `redis://127.0.0.1:<port>/<database>`. */
  readonly url: (database?: number) => string
  /** A connection for the harness; closed with the server. */
  readonly client: (database?: number) => Redis
  /** Resolves when all that was written so far is on disk. */
  readonly settle: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** The processes of one run. */
export interface Processes {
  /** Never resolves; rejects when one of them fails. */
  readonly failed: Promise<never>
  /** @param command the program and its arguments */
  start(command: readonly string[], options?: StartOptions): Started
  /** Runs a program to its end, and reads its line of JSON. */
  json(command: readonly string[], options?: StartOptions): Promise<Record<string, number>>
  endAll(): Promise<void>
}

export interface StartOptions {
  readonly cwd?: string
  /** Beside the harness's own. */
  readonly env?: Readonly<Record<string, string>>
}

/** A process that runs. */
export interface Started {
  readonly pid: number
  /** Resolves with the next line of its standard output that matches; what came before it is gone. */
  readonly said: (pattern: RegExp) => Promise<string>
  /** Writes a line to its standard input. */
  readonly tell: (line: string) => void
  /** SIGTERM; resolves when it has ended. */
  readonly end: () => Promise<void>
}
