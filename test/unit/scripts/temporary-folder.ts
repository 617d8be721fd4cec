import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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

  read(file: string): string {
    return readFileSync(this.path(file), 'utf8')
  }

  has(file: string): boolean {
    return existsSync(this.path(file))
  }

  remove(...files: string[]): void {
    for (const file of files) rmSync(this.path(file), { recursive: true, force: true })
  }

  destroy(): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}
