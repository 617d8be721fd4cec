import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { ZH } from '../texts-zh.ts'
import type { Texts } from '../texts.ts'

/** What makes a password weak: a key of `texts.strength.warnings`. */
export type Warning = keyof Texts['strength']['warnings']

export interface Strength {
  /** zxcvbn's score: 0, guessed at once, to 4. */
  level: 0 | 1 | 2 | 3 | 4
  warning: Warning | undefined
}

/** Tells how strong passwords are. */
export interface StrengthMeter {
  /** @param words what makes a password weak that has it in it. @throws when there is no answer */
  measure(password: string, words: readonly string[]): Promise<Strength>
  end(): void
}

export interface StrengthOptions {
  password: () => string
  words: () => readonly string[]
  /** Starts what measures; called when there is first something to measure. */
  open: () => StrengthMeter
  /** How long a password stays as it is before it is measured, in milliseconds: nobody wants to hear about every letter. */
  delayMs?: number
}

/** Whether a name of zxcvbn's is one that there are texts for. */
export function isWarning(name: string | null): name is Warning {
  return name !== null && Object.hasOwn(ZH.strength.warnings, name)
}

/**
 * The strength of the password that is being typed.
 *
 * 1. The first character starts the meter, which loads its dictionaries.
 * 2. A password that has stood for a moment is measured; an answer about one that was typed over since is dropped.
 * 3. Where the meter fails nothing is shown from then on: the strength is advice, and the server decides.
 */
export function useStrength({
  password,
  words,
  open,
  delayMs = 250,
}: StrengthOptions): Readonly<Ref<Strength | undefined>> {
  const strength = ref<Strength>()
  let meter: StrengthMeter | undefined
  let failed = false
  let timer: ReturnType<typeof setTimeout> | undefined
  onScopeDispose(() => {
    clearTimeout(timer)
    meter?.end()
  }, true)

  watch(password, (text) => {
    clearTimeout(timer)
    if (text === '') strength.value = undefined
    if (text === '' || failed) return
    timer = setTimeout(() => void measure(text), delayMs)
  })

  async function measure(text: string): Promise<void> {
    try {
      meter ??= open()
      const measured = await meter.measure(text, words())
      if (password() === text) strength.value = measured
    } catch {
      failed = true
      strength.value = undefined
    }
  }

  return strength
}
