/** Says one line on standard error, which leaves standard output to the server. @param {string} text */
export function say(text) {
  process.stderr.write(`lovage set-up: ${text}\n`)
}

/**
 * Says that something began, and until the returned function is called, how long it has taken: on a terminal in a line
 * that changes every second, elsewhere in a line every 15 seconds.
 *
 * @param {string} label what is being done: `installing redis-server with apt-get`
 * @param {{ stream?: NodeJS.WriteStream, terminalMs?: number, logMs?: number }} [options] where to, and how often
 * @returns {(outcome: 'done' | 'failed') => void}
 */
export function startProgress(label, { stream = process.stderr, terminalMs = 1_000, logMs = 15_000 } = {}) {
  const started = Date.now()
  const seconds = () => `${Math.round((Date.now() - started) / 1_000)} s`
  const { isTTY } = stream
  const write = (/** @type {string} */ text, /** @type {string} */ end) =>
    stream.write(`${isTTY ? '\r\u001B[K' : ''}lovage set-up: ${label} ${text}${end}`)

  write('...', isTTY ? '' : '\n')
  const timer = setInterval(() => write(`... ${seconds()}`, isTTY ? '' : '\n'), isTTY ? terminalMs : logMs)
  return (outcome) => {
    clearInterval(timer)
    write(`${outcome} after ${seconds()}`, '\n')
  }
}
