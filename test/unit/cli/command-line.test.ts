import { expect } from 'chai'
import type { Command } from 'commander'
import { commandLine } from '../../../src/cli/main.ts'
import { startOptions } from '../../../src/cli/start-options.ts'

/** A command and all below it that help shows. */
function shownCommands(command: Command): Command[] {
  const below = command.createHelp().visibleCommands(command)
  return [command, ...below.filter((one) => one.name() !== 'help').flatMap((one) => shownCommands(one))]
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp()
  return text
}

/** What a command line says on standard error, and the code that commander ends with. */
async function saidOf(...words: string[]): Promise<{ text: string; code: number }> {
  const program = commandLine()
  let text = ''
  for (const command of shownCommands(program).concat(program.commands)) {
    command.configureOutput({ writeErr: (part) => (text += part) })
  }
  const error = (await program.parseAsync(words, { from: 'user' }).catch((reason: unknown) => reason)) as {
    exitCode: number
  }
  return { text, code: error.exitCode }
}

describe('the command line', () => {
  for (const command of shownCommands(commandLine())) {
    it(`shows examples of ${pathOf(command)}, which begin with it`, () => {
      const [, examples = ''] = helpOf(command).split('\nExamples:\n')
      expect(examples).to.match(/^ {2}\S/)
      if (command.parent === null) return
      for (const line of examples.split('\n').filter((one) => one.startsWith('  lovage'))) {
        expect(line).to.match(new RegExp(`^ {2}lovage (?:-A proj )?${pathOf(command).slice('lovage '.length)}\\b`))
      }
    })
  }

  const printing = [
    'inspect',
    'control',
    'status',
    'call',
    'result',
    'purge',
    'queue',
    'report',
    'events',
    'redis',
    'dead',
    'drain',
    'user',
    'audit',
    'beat list',
    'sms',
  ]
  for (const path of printing) {
    it(`${path} prints JSON where it is told to`, () => {
      const meant = shownCommands(commandLine()).filter((command) => pathOf(command).startsWith(`lovage ${path}`))
      expect(meant).not.to.deep.equal([])
      for (const command of meant.filter(({ commands }) => commands.length === 0)) {
        const own = [command, command.parent].flatMap((one) => one?.options.map(({ long }) => long) ?? [])
        expect(own, pathOf(command)).to.include('--json')
      }
    })
  }

  for (const [words, said] of [
    [['wroker'], 'Did you mean worker?'],
    [['inspect', 'pign'], 'Did you mean ping?'],
    [['worker', '--concurency', '2'], 'Did you mean --concurrency?'],
    [['purge', '--forse'], 'Did you mean --force?'],
    [['worker', '-D'], "there is no '--detach' here: a process stays in the foreground"],
    [['serve', '--statedb=x'], "there is no '--statedb' here: revoked tasks are kept in Redis"],
    [['worker', '-O', 'default'], 'Allowed choices are fair'],
    [['worker', '-B', '-s', '/var/beat'], "there is no '--schedule' here: where periodic tasks stand is kept in Redis"],
    [['beat', '-S', 'django'], "there is no '--scheduler' here: there is one scheduler"],
    [['beat', '-f', 'beat.log'], "there is no '--logfile' here"],
    [['events', '--camera', 'x'], "there is no '--camera' here"],
    [['call', 'x', '--routing-key', 'k'], "there is no '--routing-key' here"],
    [['--no-color', 'status'], "there is no '--no-color' here: set NO_COLOR=1"],
    [['multi', 'start', '--pidfile=x'], "there is no 'multi' here"],
    [['sms', 'send'], "required option '--to <mobile>' not specified"],
    [['sms', 'chek'], 'Did you mean check?'],
    [['audit', '--event', 'login'], 'Allowed choices are authn_login_success, authn_login_fail,'],
    [['audit', '--since', 'yesterday'], 'expected a time such as 90s, 30m, 12h or 7d'],
    [['audit', '--limit', '0'], 'expected a whole number, 1 to 10000'],
    [['result'], "missing required argument 'id'"],
  ] as const) {
    it(`says what is wrong with ${words.join(' ')}`, async () => {
      const { text, code } = await saidOf(...words)
      expect(text).to.contain(said)
      expect(code).to.be.greaterThan(0)
    })
  }

  it("takes what Celery's users have in their start lines", () => {
    const parsed = { app: 'proj', hostname: 'n', O: 'fair', withoutGossip: true, withoutMingle: true, port: '1' }
    expect(startOptions({ ...parsed, discard: true, events: true })).to.deep.equal({
      flags: { tasks: 'proj', node: 'n', port: '1', taskEvents: true },
      options: { purge: true },
    })
    expect(startOptions({ purge: true }).options).to.deep.equal({ purge: true })
    expect(startOptions({}).options).to.deep.equal({ purge: false })
  })
})
