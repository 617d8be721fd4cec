import { onScopeDispose, reactive, ref } from 'vue'

/**
 * Counts down whole seconds, for several keys at once: the server's wait is per mobile number, so whoever mistyped the
 * number need not wait before asking again for the right one.
 *
 * 1. `start` notes when the key's wait ends.
 * 2. While any wait runs, a timer moves `time` on, and what shows `remaining` is drawn again. The end is a point in
 *    time, so a tab that slept is right at once when it wakes.
 * 3. When no wait is left the timer stops; it also stops with the component.
 */
export function useCountdown(now: () => number = Date.now) {
  const ends = reactive(new Map<string, number>())
  const time = ref(now())
  let timer: ReturnType<typeof setInterval> | undefined

  function tick(): void {
    time.value = now()
    for (const [key, end] of ends) if (end <= time.value) ends.delete(key)
    if (ends.size === 0) stop()
  }

  function stop(): void {
    clearInterval(timer)
    timer = undefined
  }

  onScopeDispose(stop, true)

  return {
    start(key: string, seconds: number): void {
      time.value = now()
      ends.set(key, time.value + seconds * 1000)
      timer ??= setInterval(tick, 200)
    },

    /** Seconds left, rounded up; 0 when there is nothing to wait for. */
    remaining(key: string): number {
      const end = ends.get(key)
      return end === undefined ? 0 : Math.max(0, Math.ceil((end - time.value) / 1000))
    },
  }
}
