import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'

/** How often Linux counts a second of processor time in /proc (sysconf(_SC_CLK_TCK); the same on all machines that Node runs on). */
const TICKS = 100

/**
 * What some processes take of the processors.
 *
 * @param {readonly number[]} pids
 */
export function processorMeter(pids) {
  let since = { at: performance.now(), taken: Promise.resolve(0) }
  return {
    /** The measurement begins now; it may begin anew. */
    begin() {
      since = { at: performance.now(), taken: secondsOf(pids) }
    },
    /** @returns {Promise<number>} processor time since then, in seconds */
    async seconds() {
      return (await secondsOf(pids)) - (await since.taken)
    },
    /** @returns {Promise<number>} which share of all processors that is: 1 is all of them, all the time */
    async share() {
      const seconds = (performance.now() - since.at) / 1000
      return (await this.seconds()) / seconds / availableParallelism()
    },
  }
}

/** Processor time of all threads of processes, theirs and the system's for them, in seconds. @param {readonly number[]} pids */
async function secondsOf(pids) {
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8')))
  const ticks = stats.map((stat) => {
    // Behind the name, which may have anything in it: the 14th and 15th field are what is wanted, the 3rd comes first (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(fields[11]) + Number(fields[12])
  })
  return ticks.reduce((sum, value) => sum + value, 0) / TICKS
}
