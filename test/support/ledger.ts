import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** One line of a ledger: a run of a numbered task has begun, or has come to its end. */
export interface Entry {
  readonly what: 'start' | 'end'
  readonly number: number
  /** The task's retries, or another word that tells its intended runs apart. */
  readonly attempt: string
  readonly pid: number
  /** Unix milliseconds. */
  readonly time: number
}

/** The file that tasks note their runs in. */
export class Ledger {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  entries(): Entry[] {
    if (!existsSync(this.path)) return []
    const lines = readFileSync(this.path, 'utf8').split('\n')
    return lines.filter((line) => line !== '').map(readLine)
  }

  starts(number?: number): Entry[] {
    return this.#select('start', number)
  }

  ends(number?: number): Entry[] {
    return this.#select('end', number)
  }

  /** Lets every task that waits at its gate in that process pass, or fail. */
  open(pid: number, how: 'open' | 'fail' = 'open'): void {
    writeFileSync(`${this.path}.${how}-${pid}`, '')
  }

  /** How many runs there were that nobody intended: the second, third, ... of one attempt. */
  repeats(): number {
    const runs = this.starts().map(({ number, attempt }) => `${number} ${attempt}`)
    return runs.length - new Set(runs).size
  }

  #select(what: Entry['what'], number: number | undefined): Entry[] {
    return this.entries().filter((entry) => entry.what === what && (number === undefined || entry.number === number))
  }
}

function readLine(line: string): Entry {
  const [what, number, attempt, pid, time, ...rest] = line.split(' ')
  if ((what !== 'start' && what !== 'end') || attempt === undefined || time === undefined || rest.length > 0) {
    throw new Error(`expected a line of a ledger, came ${JSON.stringify(line)}`)
  }
  return { what, number: Number(number), attempt, pid: Number(pid), time: Number(time) }
}
