import type { Page } from 'playwright-core'

/** Changes fields of the JSON that the page sends to a path from now on; `undefined` leaves a field out. */
export async function changeRequests(page: Page, path: string, change: Record<string, unknown>): Promise<void> {
  await page.unroute(path)
  await page.route(path, (route) => {
    const body = route.request().postDataJSON() as Record<string, unknown>
    return route.continue({ postData: JSON.stringify({ ...body, ...change }) })
  })
}
