import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A temporary folder for one test, with files addressed relative to it. */
export class TemporaryFolder {
  readonly root = mkdtempSync(join(tmpdir(), 'lovage-scripts-'))

  path(file: string): string {
    return join(this.root, file)
  }

  write(file: string, content = '', mode = 0o644): void {
    mkdirSync(dirname(this.path(file)), { recursive: true })
    writeFileSync(this.path(file), content, { mode })
  }

  remove(...files: string[]): void {
    for (const file of files) rmSync(this.path(file), { recursive: true, force: true })
  }

  destroy(): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}
