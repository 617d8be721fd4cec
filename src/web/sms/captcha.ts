/** The two ways to random bytes that are used here; the browser's and Node's `crypto` both fit. */
export interface RandomSource {
  randomUUID?(): string
  getRandomValues(bytes: Uint8Array<ArrayBuffer>): unknown
}

/**
 * Makes a version 4 UUID (RFC 9562, section 5.4). `crypto.randomUUID` exists only in a secure context, and a page on
 * plain HTTP in the local network is none, so there it is built from `getRandomValues`.
 */
export function makeUuid(source: RandomSource = crypto): string {
  if (source.randomUUID !== undefined) return source.randomUUID()
  const bytes = new Uint8Array(16)
  source.getRandomValues(bytes)
  const digits = Array.from(bytes, (byte, index) => {
    if (index === 6) return hex((byte & 0x0f) | 0x40) // the version
    if (index === 8) return hex((byte & 0x3f) | 0x80) // the variant
    return hex(byte)
  }).join('')
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Where the server draws the captcha that is bound to this id. */
export function captchaUrl(uuid: string): string {
  return `/image_codes/${uuid}`
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
