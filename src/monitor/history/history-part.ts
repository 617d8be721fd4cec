import type { Inspector } from '../../engine/inspector.ts'
import { fewAtOnce } from '../few-at-once.ts'
import { optionalTextIn, queryValues, refuse, wholeIn } from '../given-values.ts'
import type { MonitorPart, MonitorRequest } from '../monitor-routes.ts'
import type { HistoryAnswer } from '../wire-types.ts'
import { historyAnswer } from './history-answer.ts'
import { coarse, fine, type HistoryStore, type Resolution } from './history-store.ts'
import { addLater, emptyStep, type Step } from './step.ts'

/** Steps that a history has where nobody asks for others, and at most. */
const usualSteps = 360
const mostSteps = 2_880

/** Answers that are made at once. */
const mostAtOnce = 4

const hourSeconds = 3_600

/** What it works with. */
export interface HistoryPartOptions {
  readonly inspector: Pick<Inspector, 'now'>
  readonly store: Pick<HistoryStore, 'read'>
  /** How long minutes are kept, in hours. */
  readonly hours: number
}

/** `GET /history`: how it went, of all processes together. */
export function historyPart(options: HistoryPartOptions): MonitorPart {
  const bounded = fewAtOnce(mostAtOnce, 'histories')
  return (routes) =>
    routes.show('/history', ({ query }) => {
      const asked = readAsked(query, options.hours)
      return bounded(() => readHistory(asked, options))
    })
}

interface Asked {
  readonly hours: number
  readonly stepSeconds: number
  readonly resolution: Resolution
  readonly task: string | null
}

/** @throws MonitorError BAD_REQUEST */
function readAsked(query: MonitorRequest['query'], mostHours: number): Asked {
  const given = queryValues(query, ['hours', 'step', 'task'])
  const hours = wholeIn(given, 'hours', 1, mostHours) ?? 1
  const step = wholeIn(given, 'step', 10, hourSeconds)
  if (step !== undefined && step % 10 !== 0) refuse('step', 'a multiple of 10', String(step))
  const least = Math.ceil((hours * hourSeconds) / (step === undefined ? usualSteps : mostSteps) / 10) * 10
  const wanted = Math.max(step ?? 0, least)
  const isFine = wanted < 60 && hours * hourSeconds * 1000 <= fine.keptMs
  const resolution = isFine ? fine : coarse(mostHours)
  const unit = resolution.stepMs / 1000
  const task = optionalTextIn(given, 'task') ?? null
  return { hours, stepSeconds: Math.ceil(wanted / unit) * unit, resolution, task }
}

async function readHistory(asked: Asked, { inspector, store }: HistoryPartOptions): Promise<HistoryAnswer> {
  const { hours, stepSeconds, resolution, task } = asked
  const stepMs = stepSeconds * 1000
  const perStep = stepMs / resolution.stepMs
  const last = Math.floor(inspector.now() / stepMs)
  const first = last - Math.ceil((hours * hourSeconds) / stepSeconds) + 1
  const found = await store.read(resolution, first * perStep, (last + 1) * perStep - 1)
  const steps = Array.from({ length: last - first + 1 }, (_value, index) => {
    const from = (first + index) * perStep
    const parts = Array.from({ length: perStep }, (_part, part) => found.get(from + part)).filter(
      (part) => part !== undefined,
    )
    return parts.length === 0 ? null : together(parts)
  })
  const times = steps.map((_step, index) => (first + index) * stepMs)
  return historyAnswer(steps, times, stepSeconds, task)
}

function together(parts: readonly Step[]): Step {
  const sum = emptyStep()
  for (const part of parts) addLater(sum, part)
  return sum
}
