import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { formatReplies, formatStatus, jsonReplies } from '../../../src/cli/remote-output.ts'

function fixture(name: string): string {
  return readFileSync(new URL(`../../fixtures/celery/${name}`, import.meta.url), 'utf8')
}

/** What a real Celery printed below a heading `## ...`, without what it was cut short of. */
function printed(name: string): Map<string, string> {
  const parts = fixture(name)
    .split(/^## /m)
    .slice(1)
    .map((part): [string, string] => {
      const end = part.indexOf('\n')
      return [part.slice(0, end), part.slice(end + 1)]
    })
  return new Map(parts)
}

/** What its workers replied, by command line. */
function replies(): Map<string, Map<string, unknown>> {
  const lines = fixture('inspect_json.txt').trim().split('\n')
  return new Map(
    lines.flatMap((line, index): [string, Map<string, unknown>][] =>
      line.startsWith('## ')
        ? [[line.slice(3), new Map(Object.entries(JSON.parse(lines[index + 1] ?? '') as object))]]
        : [],
    ),
  )
}

describe('what nodes reply, printed', () => {
  it('by `inspect` is what Celery prints', () => {
    const ours = (command: string): string => formatReplies(replies().get(command) ?? new Map(), true)
    const texts = printed('inspect_text.txt')
    expect(ours('inspect active')).to.equal(texts.get('inspect(text) active'))
    expect(ours('inspect scheduled')).to.equal(texts.get('inspect(text) scheduled'))
    // Another moment's figures, and JSON's numbers: a whole one has no point here.
    const figures = (text: string): string => text.replaceAll(/\d+(\.\d+)?/g, 'N')
    const stats = texts.get('inspect(text) stats') ?? ''
    expect(stats.split('\n').length).to.be.greaterThan(40)
    expect(figures(ours('inspect stats')).startsWith(figures(stats))).to.equal(true)
  })

  it('by `control` is what Celery prints', () => {
    const texts = printed('control_text.txt')
    const ours = (reply: unknown): string => formatReplies(new Map([['w1@vm', reply]]), false)
    expect(ours({ ok: 'pool will grow' })).to.equal(texts.get('control pool_grow 1'))
    expect(ours({ error: "ValueError('Autoscale not enabled')" })).to.equal(texts.get('control autoscale 4 2'))
    expect(`${ours(null)}Error: No nodes replied within time constraint\n`).to.equal(texts.get('control heartbeat'))
  })

  it('are lists, texts, numbers and nothing as Python prints them', () => {
    const body = (reply: unknown): string => formatReplies(new Map([['a', reply]]), false).replace('->  a: OK\n', '')
    expect(body([])).to.equal('    - empty -\n')
    expect(body(['x', 'y'])).to.equal('    * x\n    * y\n')
    expect(body([[1, true, 'x']])).to.equal("    * [1, True, 'x']\n")
    expect(body({ ok: 'one\ntwo' })).to.equal('        one\n        two\n')
    expect(body({ ok: [] })).to.equal('        - empty -\n')
    expect(body(5)).to.equal('    5\n')
    expect(body('')).to.equal('')
    expect(body({ b: { d: [], c: {} }, a: 'ö💡' })).to.equal(
      ['{', '    "a": "\\u00f6\\ud83d\\udca1",', '    "b": {', '        "c": {},', '        "d": []', '    }', '}']
        .map((line) => `    ${line}\n`)
        .join(''),
    )
  })

  it('are counted', () => {
    const two = new Map<string, unknown>([
      ['a', { ok: 'pong' }],
      ['b', { error: 'no' }],
    ])
    expect(formatReplies(two, true)).to.equal('->  a: OK\n        pong\n->  b: ERROR\n        no\n\n2 nodes online.\n')
    expect(formatStatus(two)).to.equal('->  a: OK\n->  b: ERROR\n\n2 nodes online.\n')
    expect(formatStatus(new Map([['a', { ok: 'pong' }]]))).to.equal('->  a: OK\n\n1 node online.\n')
  })

  it('hold nothing that a terminal would act on', () => {
    const bad = '\x1b[2J\x07\u202e\x9b'
    for (const reply of [bad, [bad], { ok: bad }, { error: bad }, { [bad]: [bad] }, [{ [bad]: bad }]]) {
      const map = new Map([[bad, reply]])
      for (const text of [formatReplies(map, true), formatStatus(map), jsonReplies(map)]) {
        for (const character of ['\x1b', '\x07', '\u202e', '\x9b']) expect(text).not.to.include(character)
      }
    }
    expect(JSON.parse(jsonReplies(new Map([[bad, bad]])))).to.deep.equal({ [bad]: bad })
  })
})
