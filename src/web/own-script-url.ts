/** The part of Trusted Types that is used here; TypeScript's own types have none. */
interface TrustedTypePolicyFactory {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): {
    createScriptURL: (url: string) => string
  }
}

const { trustedTypes, location } = globalThis as unknown as {
  trustedTypes?: TrustedTypePolicyFactory
  location: { href: string; origin: string }
}

/** The policy that the service's Content-Security-Policy knows by this name. Browsers without Trusted Types need none. */
const policy = trustedTypes?.createPolicy('lovage', { createScriptURL: refuseOthers })

/**
 * The address of a script of our own, as a browser takes it that wants to be told so (`require-trusted-types-for`).
 *
 * @throws TypeError for one of another site
 */
export function ownScriptUrl(url: string): string {
  return policy === undefined ? refuseOthers(url) : policy.createScriptURL(url)
}

function refuseOthers(url: string): string {
  if (new URL(url, location.href).origin !== location.origin) {
    throw new TypeError(`expected a script of ${location.origin}, got ${url}`)
  }
  return url
}
