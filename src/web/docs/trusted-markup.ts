import DOMPurify, { type Config } from 'dompurify'

/** The part of Trusted Types that is used here; TypeScript's own types have none. */
interface TrustedTypePolicyFactory {
  createPolicy(
    name: string,
    rules: { createHTML: (markup: string) => string; createScriptURL?: (url: string) => string },
  ): NonNullable<Config['TRUSTED_TYPES_POLICY']>
}

const { trustedTypes } = globalThis as unknown as { trustedTypes?: TrustedTypePolicyFactory }

/**
 * Lets Swagger UI show what it makes of Markdown: it hands the page markup as plain text, which `require-trusted-types-for` refuses.
 *
 * The default policy gets all such text, from whoever it comes, and leaves of it nothing that runs. It has no rule for scripts and their
 * addresses: these stay refused. The policy called `lovage` is the cleaner's own, for what it parses, and nobody else has it.
 */
export function trustCleanMarkup(): void {
  if (trustedTypes === undefined) return
  const parsing = trustedTypes.createPolicy('lovage', {
    createHTML: (markup) => markup,
    createScriptURL: () => {
      throw new TypeError('expected no script in markup')
    },
  })
  trustedTypes.createPolicy('default', {
    createHTML: (markup) => DOMPurify.sanitize(markup, { TRUSTED_TYPES_POLICY: parsing, ADD_ATTR: ['target'] }),
  })
}
