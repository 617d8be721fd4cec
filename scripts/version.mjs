// Runs on Node versions that are too old for Lovage, to be able to say so: no syntax newer than ES2020 here.

/** Major, minor and patch number. @typedef {[number, number, number]} Version */

/**
 * The first version number in a text, for example in `v20.19.0` or `Redis server v=7.0.15 sha=00000000:0`.
 * What is left out counts as 0.
 *
 * @param {string} text
 * @returns {Version | undefined} undefined where the text has no number
 */
export function parseVersion(text) {
  const found = /(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text)
  if (found === null) return undefined
  return [Number(found[1]), Number(found[2] || 0), Number(found[3] || 0)]
}

/**
 * @param {Version} version
 * @param {Version} minimum
 * @returns {boolean} whether `version` is `minimum` or later
 */
export function isAtLeast([major, minor, patch], minimum) {
  if (major !== minimum[0]) return major > minimum[0]
  if (minor !== minimum[1]) return minor > minimum[1]
  return patch >= minimum[2]
}

/**
 * @param {string} engines what package.json says in `engines.node`; only the form `>=20.19.0` is read
 * @param {string} running the version that runs, as `process.version` tells it
 * @returns {string | undefined} what is wrong with the running version, undefined where nothing is
 * @throws {Error} when `engines` has another form
 */
export function findNodeProblem(engines, running) {
  const minimum = /^>=\s*\d+(\.\d+){0,2}$/.test(engines) ? parseVersion(engines) : undefined
  if (minimum === undefined) {
    throw new Error(`engines.node in package.json must have the form ">=20.19.0", but is "${engines}"`)
  }
  const version = parseVersion(running)
  if (version !== undefined && isAtLeast(version, minimum)) return undefined
  return `Lovage needs Node.js ${minimum.join('.')} or later, but this is ${running}. See https://nodejs.org/en/download`
}
