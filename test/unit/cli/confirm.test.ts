import { PassThrough } from 'node:stream'
import { expect } from 'chai'
import { confirm } from '../../../src/cli/confirm.ts'

describe('a question on the terminal', () => {
  /** What is answered to it, and what it has printed. */
  async function ask(answer: string | null): Promise<{ sure: boolean; printed: string }> {
    const input = Object.assign(new PassThrough(), { isTTY: true })
    const output = new PassThrough()
    const asked = confirm('Delete 3?', { input, output })
    if (answer === null) input.end()
    else input.write(`${answer}\n`)
    return { sure: await asked, printed: String(output.read()) }
  }

  for (const answer of ['y', 'Y', 'yes', ' YES ']) {
    it(`is a yes with ${JSON.stringify(answer)}`, async () => expect((await ask(answer)).sure).to.equal(true))
  }
  for (const answer of ['', 'n', 'no', 'yeah', 'x']) {
    it(`is a no with ${JSON.stringify(answer)}`, async () => expect((await ask(answer)).sure).to.equal(false))
  }
  it('is a no where the answer ends before it came', async () => expect((await ask(null)).sure).to.equal(false))
  it('says what a yes is', async () => expect((await ask('y')).printed).to.equal('Delete 3? [y/N] '))

  it('is refused where there is no terminal', async () => {
    const refused = await confirm('Delete 3?', { input: new PassThrough(), output: new PassThrough() }).catch(String)
    expect(refused).to.equal('CommandError: Delete 3? There is no terminal to ask on: expected --force')
  })
})
