import { randomBytes } from 'node:crypto'
import type Koa from 'koa'
import type { CookieSigner } from './cookie-signer.ts'
import { onlyCookie } from './request-cookies.ts'

/** A number of 16 bytes, and a signature of 32, in base64url. */
const DEVICE = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/

/** How long a device stays known, in milliseconds: half a year. */
const LIFE_MS = 180 * 86_400_000

/**
 * Cookies by which a device is known to have logged in to an account before, also after a logout. They are no login: all they do is
 * that the device's wrong passwords are counted apart, so that nobody who tries passwords elsewhere can keep the owner out
 * (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). A device is known to the account that used it last.
 */
export class DeviceCookies {
  readonly #name: string
  readonly #secure: boolean
  readonly #signer: CookieSigner

  constructor(signer: CookieSigner, options: { secure: boolean }) {
    this.#name = options.secure ? '__Host-deviceid' : 'deviceid'
    this.#secure = options.secure
    this.#signer = signer
  }

  /** The number of a device that has logged in to this account before; nothing for any other. */
  known(ctx: Koa.Context, userId: number): string | undefined {
    const [, device, signature] = DEVICE.exec(onlyCookie(ctx, this.#name) ?? '') ?? []
    if (device === undefined || signature === undefined) return undefined
    return this.#signer.verify(signedText(userId, device), signature) === 'wrong' ? undefined : device
  }

  /** Makes the device known to the account that has just logged in. One that is known keeps its number, and its count. */
  remember(ctx: Koa.Context, userId: number): void {
    const device = this.known(ctx, userId) ?? randomBytes(16).toString('base64url')
    const value = `${device}.${this.#signer.sign(signedText(userId, device))}`
    const secure = this.#secure
    ctx.cookies.set(this.#name, value, {
      maxAge: LIFE_MS,
      httpOnly: true,
      sameSite: 'lax',
      secure,
      signed: false,
      overwrite: true,
    })
  }
}

function signedText(userId: number, device: string): string {
  return `device=${userId}.${device}`
}
