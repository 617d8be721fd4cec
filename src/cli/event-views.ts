import type { ReadEvent } from '../engine/event-message.ts'
import { EventLines } from './event-lines.ts'
import { EventState } from './event-state.ts'
import { eventTable } from './event-table.ts'
import { printable, printableJson } from './terminal-text.ts'

/** Where events are shown. */
export interface EventView {
  add(event: ReadEvent): void
  /** Something happened to the connection. */
  note(text: string): void
  /** Nothing more is shown. */
  close(): void
}

/** Where text goes, and how large that is where it is a terminal. */
export interface TextOutput {
  write(text: string): unknown
  readonly columns?: number
  readonly rows?: number
}

/** A line for each event, as Celery's dumper prints them. */
export class DumpView implements EventView {
  readonly #lines = new EventLines()
  readonly #output: TextOutput
  readonly #notes: TextOutput

  /** @param notes where it is told what happens to the connection */
  constructor(output: TextOutput, notes: TextOutput) {
    this.#output = output
    this.#notes = notes
    output.write('-> evdump: starting capture...\n')
  }

  add(event: ReadEvent): void {
    this.#output.write(`${this.#lines.line(event)}\n`)
  }

  note(text: string): void {
    this.#notes.write(`-> ${printable(text)}\n`)
  }

  close(): void {}
}

/** A line of JSON for each event. */
export class JsonView implements EventView {
  readonly #output: TextOutput
  readonly #notes: TextOutput

  constructor(output: TextOutput, notes: TextOutput) {
    this.#output = output
    this.#notes = notes
  }

  add(event: ReadEvent): void {
    this.#output.write(`${printableJson(event)}\n`)
  }

  note(text: string): void {
    this.#notes.write(`lovage: ${printable(text)}\n`)
  }

  close(): void {}
}

/** Another screen without a cursor, and back. */
const enterScreen = '\x1b[?1049h\x1b[?25l'
const leaveScreen = '\x1b[?25h\x1b[?1049l'

/** A size for a terminal that tells none. */
const usualSize = { columns: 80, rows: 24 }

/**
 * A table on the terminal's other screen.
 *
 * 1. Events change what is known.
 * 2. At every look, a few times a second at most, the table is drawn anew: ages grow, also where nothing happens.
 * 3. close: the terminal is as it was.
 */
export class TableView implements EventView {
  readonly #output: TextOutput
  readonly #state = new EventState()
  readonly #timer: NodeJS.Timeout
  readonly #leave = (): void => void this.#output.write(leaveScreen)
  #note = 'q ends.'

  /** @param everyMs time between two looks, in milliseconds */
  constructor(output: TextOutput, everyMs: number) {
    this.#output = output
    output.write(enterScreen)
    // Whatever ends the process.
    process.once('exit', this.#leave)
    this.#draw()
    this.#timer = setInterval(() => this.#draw(), everyMs)
  }

  add(event: ReadEvent): void {
    this.#state.add(event)
  }

  note(text: string): void {
    this.#note = `q ends. ${text}`
  }

  close(): void {
    clearInterval(this.#timer)
    process.off('exit', this.#leave)
    this.#leave()
  }

  #draw(): void {
    const { columns = usualSize.columns, rows = usualSize.rows } = this.#output
    // A line that fills the last column would lose it when it is cleared behind its end.
    const lines = eventTable(this.#state, { columns: columns - 1, rows }, this.#note, Date.now())
    this.#output.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J`)
  }
}
