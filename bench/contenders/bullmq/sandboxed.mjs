import { WORK } from '../work.mjs'

/** What its threads run. @param {import('bullmq').SandboxedJob} job */
export default async function work(job) {
  return WORK[job.name](job.data.number)
}
