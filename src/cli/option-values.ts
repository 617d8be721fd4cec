import { InvalidArgumentError } from 'commander'
import { readDuration } from './duration.ts'

/** Reads an option's whole number. @throws InvalidArgumentError that says what was expected */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,10}$/.test(text) ? Number(text) : NaN
    if (!(number >= least && number <= most)) {
      throw new InvalidArgumentError(`expected a whole number, ${least} to ${most}.`)
    }
    return number
  }
}

/** Reads an option's length of time. @returns milliseconds. @throws InvalidArgumentError that says what was expected */
export function duration(text: string): number {
  const milliseconds = readDuration(text)
  if (milliseconds === null) throw new InvalidArgumentError('expected a time such as 90s, 30m, 12h or 7d.')
  return milliseconds
}
