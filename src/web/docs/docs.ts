import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js'
import { followColours } from './colours.ts'
import { trustCleanMarkup } from './trusted-markup.ts'

/** Buttons that log in for requests which this page does not send. */
const withoutAuthorize = {
  wrapComponents: { authorizeBtn: () => () => null, AuthorizeOperationBtn: () => () => null },
}

trustCleanMarkup()
followColours()
SwaggerUI({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  plugins: [withoutAuthorize],
  // For reading. Whoever opened the page while logged in would change their own account with a click.
  supportedSubmitMethods: [],
  // Else the address of the document goes to another site.
  validatorUrl: null,
})
