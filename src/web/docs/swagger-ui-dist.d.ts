/** What docs.ts uses of Swagger UI; its package has no types. */
declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  /** Shows the document at `url` in the element that `dom_id` selects. */
  export default function SwaggerUI(options: {
    url: string
    dom_id: string
    deepLinking: boolean
    docExpansion: 'list' | 'full' | 'none'
    /** How far schemas at the foot are open; -1 leaves them out. */
    defaultModelsExpandDepth: number
    plugins: { wrapComponents: Record<string, () => () => null> }[]
    /** Methods of which requests can be sent. */
    supportedSubmitMethods: string[]
    validatorUrl: string | null
  }): void
}
