import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { projectRoot } from '../support/service.ts'

/** Where the pictures for the documentation are; `npm run screenshots` writes them anew, a test run alone does not. */
const FOLDER = join(projectRoot, 'docs/screenshots')

/** Takes a picture of what a page shows. @param mostBytes what it may take */
export async function takePicture(page: Page, file: string, mostBytes: number): Promise<void> {
  const picture = await page.screenshot({ animations: 'disabled', caret: 'hide' })
  expect(picture.length).to.be.within(5000, mostBytes)
  if (process.env['LOVAGE_SCREENSHOTS'] !== '1') return
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(join(FOLDER, file), picture)
}
