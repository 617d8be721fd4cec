/**
 * A mobile as logs and pages may show it: `138****0000`. What is too short to hide anything that way, or no text at all
 * (arguments from the queue may be anything), becomes `***`.
 */
export function maskMobile(mobile: unknown): string {
  if (typeof mobile !== 'string' || mobile.length < 11) return '***'
  return `${mobile.slice(0, 3)}****${mobile.slice(-4)}`
}
