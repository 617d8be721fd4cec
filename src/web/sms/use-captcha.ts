import { computed, ref } from 'vue'
import { captchaUrl, makeUuid } from './captcha.ts'

// The server forgets a captcha after 300 s. One that is older than this would die while it is being typed and sent.
const STALE_AFTER_MS = 240_000

/** The captcha on the page: its id, its picture's address, and a new one for it. */
export function useCaptcha(now: () => number = Date.now) {
  const id = ref(makeUuid())
  let madeAt = now()

  return {
    id,
    src: computed(() => captchaUrl(id.value)),
    stale: () => now() - madeAt > STALE_AFTER_MS,
    renew(): void {
      id.value = makeUuid()
      madeAt = now()
    },
  }
}
