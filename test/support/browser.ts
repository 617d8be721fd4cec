import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'

/** What the system may call its Chromium; the set-up's list in scripts/requirements.mjs is the same. */
const COMMANDS = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

const ARGUMENTS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** What Chromium writes to the console for an answer of 400 and above, and for one that never came. */
const FAILED_REQUEST = 'Failed to load resource: '

export interface VisitOptions extends BrowserContextOptions {
  /** Requests that the test makes fail: patterns of their path. Of any other the visit notes it as a fault. */
  refused?: RegExp[]
}

/** A page in a browser session of its own: no cookies, nothing cached. */
export interface Visit {
  readonly page: Page
  /** What went wrong since it was last asked: errors and warnings of the console (a breach of the CSP is one), exceptions. */
  readonly takeFaults: () => string[]
  close(): Promise<void>
}

/**
 * Finds the system's Chromium.
 *
 * @param path the PATH
 * @param commands what it may be called, the best first; names to look for on the PATH, or absolute paths
 * @throws when there is none, with what was looked for
 */
export function findChromium(path: string = process.env['PATH'] ?? '', commands: readonly string[] = COMMANDS): string {
  const folders = path.split(delimiter).filter((folder) => folder !== '')
  const files = commands.flatMap((name) => (isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name))))
  const found = files.find(isExecutable)
  if (found !== undefined) return found
  throw new Error(`expected a Chromium, one of ${commands.join(', ')}, found none on the PATH (${path})`)
}

/** Starts a browser without a window. It runs without Chromium's sandbox, which root can not have: for our own pages only. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: ARGUMENTS, chromiumSandbox: false })
}

/** Opens an empty page of a Chinese visitor; `baseURL` among the options makes paths of addresses. */
export async function openVisit(browser: Browser, { refused = [], ...options }: VisitOptions): Promise<Visit> {
  const context = await browser.newContext({ locale: 'zh-CN', ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  let faults: string[] = []
  function takeFaults(): string[] {
    const taken = faults
    faults = []
    return taken
  }
  page.on('pageerror', (error) => faults.push(`exception: ${error.stack ?? error.message}`))
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    const { url } = message.location()
    const expected =
      message.text().startsWith(FAILED_REQUEST) && refused.some((pattern) => pattern.test(new URL(url).pathname))
    if (!expected) faults.push(`console ${message.type()}: ${message.text()} (${url})`)
  })
  return { page, takeFaults, close: () => context.close() }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
