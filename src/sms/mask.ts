/**
 * A mobile as logs and pages may show it: `138****0000`. What is too short to hide anything that way, or no text at all
 * (arguments from the queue may be anything), becomes `***`.
 */
export function maskMobile(mobile: unknown): string {
  if (typeof mobile !== 'string' || mobile.length < 11) return '***'
  return `${mobile.slice(0, 3)}****${mobile.slice(-4)}`
}

/**
 * What mobiles begin with, as logs may show it: `138****`, which is no more of it than a masked mobile shows. The middle digits, beside one that is
 * masked, would give the whole number.
 */
export function maskPrefix(prefix: string): string {
  return `${prefix.slice(0, 3)}****`
}
