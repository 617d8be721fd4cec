import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { drawCaptcha } from '../dist/src/app/captcha/draw.js'

/*
 * What drawing captchas costs the main thread: the delay of the event loop while 50 pictures are drawn each second, and while none
 * are, in turns; and how long one call keeps the thread. After `npm run build`: node bench/captcha-pictures.mjs
 */

const rate = 50
const seconds = 10
const rounds = 3

/** @param {string} line */
function say(line) {
  process.stdout.write(`${line}\n`)
}

/** @param {number} perSecond */
async function delays(perSecond) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const before = performance.eventLoopUtilization()
  const drawing = perSecond === 0 ? undefined : setInterval(() => void drawCaptcha('XKAR'), 1000 / perSecond)
  delay.enable()
  await wait(seconds * 1000)
  delay.disable()
  clearInterval(drawing)
  const { utilization } = performance.eventLoopUtilization(before)
  const [p50, p99] = [50, 99].map((part) => (delay.percentile(part) / 1e6).toFixed(2))
  say(`${perSecond} pictures/s: p50 ${p50} ms, p99 ${p99} ms, the loop is busy for ${(utilization * 100).toFixed(1)} %`)
}

for (let warm = 0; warm < 100; warm += 1) await drawCaptcha('XKAR')
let busy = 0
for (let picture = 0; picture < 200; picture += 1) {
  const began = performance.now()
  const drawn = drawCaptcha('XKAR')
  busy += performance.now() - began
  await drawn
}
say(`one picture keeps the thread for ${(busy / 200).toFixed(2)} ms`)
for (let round = 0; round < rounds; round += 1) {
  await delays(0)
  await delays(rate)
}
