import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect } from 'chai'
import { findChromium } from '../support/browser.ts'

describe("the system's Chromium", () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lovage-chromium-'))
    mkdirSync(join(folder, 'bin'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function put(name: string, mode: number): string {
    const file = join(folder, 'bin', name)
    writeFileSync(file, '', { mode })
    return file
  }

  it('is the first that can be run, by the order of the names', () => {
    put('chromium', 0o644)
    const file = put('chromium-browser', 0o755)
    put('google-chrome', 0o755)
    expect(findChromium(['', join(folder, 'none'), join(folder, 'bin')].join(delimiter))).to.equal(file)
  })

  it('may be an absolute path', () => {
    const file = put('Google Chrome', 0o755)
    expect(findChromium('', ['chromium', file])).to.equal(file)
  })

  it('is asked for by name where there is none', () => {
    expect(() => findChromium(folder, ['chromium', 'google-chrome'])).to.throw(
      `expected a Chromium, one of chromium, google-chrome, found none on the PATH (${folder})`,
    )
  })
})
