import type { Plugin } from 'vite'

/** As it stands in the style sheet that is built: between double quotes, and those within it escaped. */
const PICTURE = /url\("data:image\/svg\+xml;charset=utf-8,((?:[^"\\]|\\.)*)"\)/g

/**
 * For the build: makes files of the pictures that Swagger UI has within its style sheet, as the pages' policy lets pictures in from the
 * service alone. Where they take another form one day, the browser's tests see the breach.
 */
export const picturesAsFiles: Plugin = {
  name: 'pictures-as-files',
  generateBundle(_options, bundle) {
    for (const asset of Object.values(bundle)) {
      if (asset.type !== 'asset' || !asset.fileName.endsWith('.css')) continue
      asset.source = String(asset.source).replaceAll(PICTURE, (_whole, text: string) => {
        const source = decodeURIComponent(text.replaceAll('\\"', '"'))
        const picture = this.emitFile({ type: 'asset', name: 'picture.svg', source })
        return `url(/${this.getFileName(picture)})`
      })
    }
  },
}
