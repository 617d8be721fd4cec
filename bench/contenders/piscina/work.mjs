import { WORK } from '../work.mjs'

/** What its threads run. @param {{ task: keyof typeof WORK, number: number, text: string }} job */
export default function work({ task, number }) {
  return WORK[task](number)
}
