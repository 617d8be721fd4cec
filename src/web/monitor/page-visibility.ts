import type { Visibility } from './use-live.ts'

/** Whether somebody looks at this page. */
export const pageVisibility: Visibility = {
  visible: () => document.visibilityState === 'visible',
  changed(listener) {
    document.addEventListener('visibilitychange', listener)
    return () => document.removeEventListener('visibilitychange', listener)
  },
}
