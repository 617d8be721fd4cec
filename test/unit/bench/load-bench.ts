/**
 * The parts of `bench/` that are tested by themselves. They are plain JavaScript that the compiler does not read; here they
 * get their types.
 */
import type { Contender, Measurement, Metric, Processes as ProcessesOfRun, Row } from '../../../bench/harness/types.ts'

export interface Summary {
  values: number[]
  median: number
  least: number
  most: number
}

export interface CheckResult {
  text: string
  value: number
  atLeast: number | null
  atMost: number | null
  unit: string
  met: boolean
}

export interface RowResult {
  name: string
  title: string
  requirement: string
  metrics: Record<string, Metric>
  contenders: { name: string; title: string; base: string; metrics: Record<string, Summary> }[]
  checks: CheckResult[]
}

interface Options {
  help: boolean
  quick: boolean
  only: string[]
  rounds: number
  out: string | null
}

interface Left {
  waiting: number
  claimed: number
}

const load = async (name: string): Promise<unknown> => import(new URL(`../../../bench/${name}`, import.meta.url).href)

export const { quantile, median, summarizeRow } = (await load('harness/statistics.mjs')) as {
  quantile: (values: readonly number[], share: number) => number
  median: (values: readonly number[]) => number
  summarizeRow: (row: Row, measurements: ReadonlyMap<string, readonly Measurement[]>) => RowResult
}

export const { rowText, checkText, alignColumns } = (await load('harness/table.mjs')) as {
  rowText: (result: RowResult) => string
  checkText: (check: CheckResult) => string
  alignColumns: (lines: string[][]) => string
}

export const { figure } = (await load('harness/figures.mjs')) as { figure: (value: number) => string }

export const { chart } = (await load('harness/chart.mjs')) as {
  chart: (rows: readonly RowResult[], note: string) => string
}

export const { readArguments, UsageError } = (await load('harness/arguments.mjs')) as {
  readArguments: (args: string[], rows: readonly string[]) => Options
  UsageError: new (message: string) => Error
}

export const { rotate, runRounds } = (await load('harness/rounds.mjs')) as {
  rotate: <T>(list: readonly T[], by: number) => T[]
  runRounds: (
    row: Row,
    rounds: number,
    runOnce: (contender: Contender, round: number) => Promise<Measurement | null>,
  ) => Promise<Map<string, Measurement[]>>
}

export const { watchDrain, pause } = (await load('harness/drain.mjs')) as {
  watchDrain: (options: { total?: number; look: () => Promise<Left>; failed: Promise<never> }) => Promise<number>
  pause: (left: number, total: number, elapsed: number) => number
}

export const { Processes } = (await load('harness/processes.mjs')) as { Processes: new () => ProcessesOfRun }

export const { ROWS } = (await load('rows/index.mjs')) as { ROWS: Row[] }
