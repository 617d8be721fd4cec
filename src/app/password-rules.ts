/** Which passwords may be chosen: `compat` as the course has it, `strict` as NIST SP 800-63B (section 5.1.1.2) asks. */
export const PASSWORD_PROFILES = ['compat', 'strict'] as const

export type PasswordProfile = (typeof PASSWORD_PROFILES)[number]

/** Whose password it is, as far as that is known where it is set. */
export interface PasswordOwner {
  readonly username?: string | undefined
  readonly mobile?: string | undefined
}

/** What a new password is checked against. */
export interface PasswordRules {
  readonly profile: PasswordProfile
  /** Whether a password, in NFKC, is among the first that somebody would guess. Never, with the profile `compat`. */
  isGuessable(password: string, owner: PasswordOwner): boolean
}

/** What must be left of a password, in characters, without its owner's name or a word of the service. */
const leastBesideName = 5

/** Shorter words of an address, such as `com`, are part of too many good passwords. */
const leastWord = 4

/** One character or a few, over and over: `88888888`, `abcabcabc`. */
const repeated = /^(.{1,4})\1+$/su

/**
 * Rules for a profile. The list of common passwords (zxcvbn's, some 18,000 of at least eight characters) is loaded for
 * `strict` alone: it takes some megabytes.
 *
 * @param options.publicUrl address of the service, whose words are guessed first
 */
export async function loadPasswordRules(options: {
  profile: PasswordProfile
  publicUrl: string | null
}): Promise<PasswordRules> {
  if (options.profile === 'compat') return { profile: 'compat', isGuessable: () => false }
  const common = await loadCommonPasswords()
  const words = ['lovage', ...wordsOf(options.publicUrl)]
  return {
    profile: 'strict',
    isGuessable(password, { username, mobile }) {
      const text = password.toLowerCase()
      const names = [...words, username, mobile].filter((word) => word !== undefined)
      return common.has(text) || repeated.test(text) || isRun(text) || names.some((name) => isHardlyMore(text, name))
    },
  }
}

/** They are in lower case, the commonest first. */
async function loadCommonPasswords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  return new Set(dictionary['passwords-common'].filter((password) => password.length >= 8))
}

function wordsOf(publicUrl: string | null): string[] {
  if (publicUrl === null) return []
  return new URL(publicUrl).hostname.split('.').filter((word) => word.length >= leastWord)
}

/** Each character the next one of the alphabet, or of the digits; or each the one before. */
function isRun(text: string): boolean {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0)
  const step = (points[1] ?? 0) - (points[0] ?? 0)
  return Math.abs(step) === 1 && points.every((point, at) => at === 0 || point - (points[at - 1] ?? 0) === step)
}

/** Whether a text is a name and little else. @param text in lower case */
function isHardlyMore(text: string, name: string): boolean {
  const word = name.toLowerCase()
  return text.includes(word) && Array.from(text.replaceAll(word, '')).length < leastBesideName
}
