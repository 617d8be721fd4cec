import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The files in a folder and the folders in it, hidden ones left out.
 *
 * @param {string} root
 * @param {string} folder relative to `root`; may be missing
 * @param {string} [except] a folder to leave out, relative to `root`
 * @returns {string[]} sorted, relative to `root`
 */
export function listFiles(root, folder, except) {
  if (folder === except || !existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? listFiles(root, path, except) : [path]
    })
    .toSorted()
}

/**
 * A number that changes when a file is changed, added, removed or renamed. It is made of the files' content: times
 * change by themselves when a tree is copied or another branch is looked at.
 *
 * @param {string} root
 * @param {string[]} files relative to `root`; one that is missing counts as such
 * @returns {string} a SHA-256 in hexadecimal
 */
export function fingerprint(root, files) {
  const hash = createHash('sha256')
  for (const file of files) {
    const content = existsSync(join(root, file)) ? readFileSync(join(root, file)) : undefined
    hash.update(`${file}\0${content?.length}\0`).update(content ?? '')
  }
  return hash.digest('hex')
}
