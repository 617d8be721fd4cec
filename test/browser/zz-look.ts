import { launchBrowser, openVisit } from '/work/main/test/support/browser.ts'
import { startService } from '/work/main/test/support/service.ts'
const t0 = performance.now()
const service = await startService()
console.log('service', performance.now()-t0)
const browser = await launchBrowser()
console.log('browser', performance.now()-t0)
for (const [name, opts] of Object.entries({
  desktop: { viewport: {width: 1280, height: 900} }, dark: { viewport: {width: 1280, height: 900}, colorScheme: 'dark' },
  phone: { viewport: {width: 375, height: 700}, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
  narrow: { viewport: {width: 320, height: 600}, hasTouch: true, isMobile: true, deviceScaleFactor: 2 } })) {
  const v = await openVisit(browser, { baseURL: service.url, ...opts } as any)
  await v.page.goto('/')
  await v.page.waitForSelector('h1')
  await v.page.screenshot({ path: `/tmp/look/${name}-home.png`, fullPage: true })
  await v.page.goto('/register.html', {waitUntil: 'networkidle'})
  await v.page.screenshot({ path: `/tmp/look/${name}-form.png`, fullPage: true })
  await v.page.click('button[type=submit]')
  await v.page.screenshot({ path: `/tmp/look/${name}-errors.png`, fullPage: true })
  console.log(name, v.faults)
}
await browser.close(); await service.stop()
