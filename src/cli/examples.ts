import type { Command } from 'commander'

/** Command lines, each with what it does. */
export type Examples = readonly (readonly [line: string, does: string])[]

/** Shows them below a command's help. */
export function examples(command: Command, lines: Examples): void {
  const width = Math.max(...lines.map(([line]) => line.length)) + 2
  const rows = lines.map(([line, does]) => `  ${line.padEnd(width)}${does}`)
  command.addHelpText('after', `\nExamples:\n${rows.join('\n')}`)
}
