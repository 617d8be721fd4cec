import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { PictureDrawer } from '../dist/src/app/captcha/picture-drawer.js'

/*
 * What drawing captchas costs the main thread, in turns: the delay of the event loop while no pictures are drawn, while 50 are drawn
 * each second by the drawing thread, as the service does it, and while the main thread draws them itself; how much memory
 * the drawing thread takes. After `npm run build`: node bench/captcha-pictures.mjs
 */

const rate = 50
const seconds = 10
const rounds = 5

/** @param {string} line */
function say(line) {
  process.stdout.write(`${line}\n`)
}

/** @param {number[]} values */
function median(values) {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN
}

/** @param {number} bytes */
function inMegabytes(bytes) {
  return (bytes / 1e6).toFixed(1)
}

/**
 * How late the event loop is, and how much of the time it is busy, while something is done at the rate.
 *
 * @param {() => unknown} work
 */
async function measure(work) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const before = performance.eventLoopUtilization()
  const timer = setInterval(work, 1000 / rate)
  delay.enable()
  await wait(seconds * 1000)
  delay.disable()
  clearInterval(timer)
  const { utilization } = performance.eventLoopUtilization(before)
  return { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, busy: utilization * 100 }
}

const memoryBefore = process.memoryUsage().rss
const drawer = new PictureDrawer({ waiting: 1_000, timeoutMs: 10_000, idleMs: 60_000 })
let startedAt = performance.now()
await drawer.draw('XKEJ')
say(`the first picture, with the start of its thread: ${(performance.now() - startedAt).toFixed(0)} ms`)
for (let warm = 0; warm < 200; warm += 1) await drawer.draw('XKEJ')
say(`the drawing thread takes ${inMegabytes(process.memoryUsage().rss - memoryBefore)} MB after 200 pictures`)

startedAt = performance.now()
await Promise.all(Array.from({ length: 1_000 }, () => drawer.draw('XKEJ')))
say(`it draws ${(1e6 / (performance.now() - startedAt)).toFixed(0)} pictures/s`)

// Only now: the service's main thread does not load it.
const { drawCaptcha } = await import('../dist/src/app/captcha/draw.js')
for (let warm = 0; warm < 200; warm += 1) drawCaptcha('XKEJ')
startedAt = performance.now()
for (let picture = 0; picture < 200; picture += 1) drawCaptcha('XKEJ')
say(`on the main thread one picture would keep it for ${((performance.now() - startedAt) / 200).toFixed(2)} ms`)

const contenders = [
  { name: 'no pictures', work: () => {}, results: [] },
  { name: 'drawing thread', work: () => void drawer.draw('XKEJ'), results: [] },
  { name: 'main thread', work: () => void drawCaptcha('XKEJ'), results: [] },
]
for (let round = 0; round < rounds; round += 1) {
  for (const { work, results } of contenders) results.push(await measure(work))
}
say(`${rate} pictures/s, medians of ${rounds} rounds of ${seconds} s:`)
for (const { name, results } of contenders) {
  const [p50, p99, busy] = ['p50', 'p99', 'busy'].map((figure) => median(results.map((one) => one[figure])).toFixed(2))
  say(`${name.padEnd(15)} delay of the event loop: p50 ${p50} ms, p99 ${p99} ms; busy for ${busy} %`)
}
await drawer.close()
