const LONGEST = 120

/**
 * A provider's own words, made fit for logs: a provider may repeat in them what we sent.
 *
 * Four digits and more in a row, also with blanks or dashes between (codes, mobiles, times), and long runs of letters
 * and digits (tokens, signatures, authorization) become `***`, and so does each of `secrets`, whatever its form.
 * One line, at most 120 characters.
 */
export function cleanProviderText(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const secret of secrets) if (secret !== '') clean = clean.replaceAll(secret, '***')
  clean = clean
    .replaceAll(/[\w+/=-]{16,}|\p{Nd}([\s-]*\p{Nd}){3,}/gu, '***')
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean
}
